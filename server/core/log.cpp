#include "core/log.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/text.hpp"
#include "core/time.hpp"

namespace linnet {

namespace {

spdlog::logger& logger() {
  static const auto instance = [] {
    auto created =
        std::make_shared<spdlog::logger>("linnet", std::make_shared<spdlog::sinks::stdout_sink_mt>());
    created->set_pattern("%v");
    created->flush_on(spdlog::level::info);
    return created;
  }();
  return *instance;
}

spdlog::level::level_enum to_spdlog(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      break;
  }
  return spdlog::level::err;
}

constexpr std::string_view names[] = {"debug", "info", "warning", "error"};

}  // namespace

void log_event(log_level level, std::string_view event, std::initializer_list<log_field> fields) {
  if (!logger().should_log(to_spdlog(level))) return;
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
  logger().log(to_spdlog(level), std::string_view(buffer.GetString(), buffer.GetSize()));
}

std::string first_line(std::string_view message) {
  return std::string(message.substr(0, message.find('\n')));
}

void set_log_level(std::string_view name) {
  for (int i = 0; i < 4; ++i) {
    if (names[i] == name) logger().set_level(to_spdlog(static_cast<log_level>(i)));
  }
}

}  // namespace linnet
