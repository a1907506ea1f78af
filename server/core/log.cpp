#include "core/log.hpp"

#include <atomic>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <unistd.h>

#include "core/log_output.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

namespace linnet {

namespace {

std::atomic<log_level> lowest{log_level::info};

log_output& output() {
  static log_output standard_output(STDOUT_FILENO);
  return standard_output;
}

constexpr std::string_view names[] = {"debug", "info", "warning", "error"};

}  // namespace

void log_event(log_level level, std::string_view event, std::initializer_list<log_field> fields) {
  if (level < lowest.load(std::memory_order_relaxed)) return;
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> line(buffer);
  const auto text = [&](std::string_view s) {
    const std::string valid(is_valid_utf8(s) ? s : std::string_view("(not UTF-8)"));
    line.String(valid);
  };
  line.StartObject();
  line.Key("time");
  text(to_rfc3339(now()));
  line.Key("level");
  text(names[static_cast<int>(level)]);
  line.Key("event");
  text(event);
  for (const auto& [key, value] : fields) {
    if (value.empty()) continue;
    text(key);
    text(value);
  }
  line.EndObject();
  buffer.Put('\n');
  output().write({buffer.GetString(), buffer.GetSize()});
}

void flush_log(std::chrono::milliseconds patience) {
  output().flush(patience);
}

std::uint64_t dropped_log_lines() {
  return output().dropped();
}

std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

void set_log_level(std::string_view name) {
  for (int i = 0; i < 4; ++i) {
    if (names[i] == name) lowest = static_cast<log_level>(i);
  }
}

}  // namespace linnet
