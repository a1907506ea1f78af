#include "core/json_text.hpp"

#include <algorithm>
#include <charconv>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace linnet {

void append_string(std::string& out, std::string_view text) {
  const auto wants_escape = [](unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; };
  if (std::none_of(text.begin(), text.end(), wants_escape)) {
    out.append("\"").append(text).append("\"");
    return;
  }
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  writer.String(text.data() ? text.data() : "", static_cast<rapidjson::SizeType>(text.size()));
  out.append(buffer.GetString(), buffer.GetSize());
}

void append_number(std::string& out, long long value) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace linnet
