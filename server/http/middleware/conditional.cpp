#include "http/middleware/conditional.hpp"

#include <xxhash.h>

namespace linnet::http {

namespace {

void write_hash(char* out, std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::uint64_t hash = XXH3_64bits(bytes.data(), bytes.size());
  for (std::size_t at = 0; at < 16; ++at, hash >>= 4) out[at] = digits[hash & 15];
}

}  // namespace

std::string entity_tag(std::string_view body) {
  std::string tag(18, '"');
  write_hash(tag.data() + 1, body);
  return tag;
}

std::string entity_tag(std::string_view lasting, std::string_view body) {
  std::string tag(35, '"');
  write_hash(tag.data() + 1, lasting);
  tag[17] = '.';
  write_hash(tag.data() + 18, body);
  return tag;
}

bool lists_tag(std::string_view header, std::string_view tag, bool weak) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto item = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    while (item.starts_with(' ') || item.starts_with('\t')) item.remove_prefix(1);
    while (item.ends_with(' ') || item.ends_with('\t')) item.remove_suffix(1);
    if (item == "*") return true;
    if (weak && item.starts_with("W/")) item.remove_prefix(2);
    if (item == tag && !tag.empty()) return true;
  }
  return false;
}

void add_validators(response& answer, const request& r) {
  const bool has_tag = r.is_read() && answer.status == 200 && answer.content_type == "application/json";
  const bool has_own_rule = answer.headers.find("Cache-Control: ") != std::string::npos;
  answer.headers.reserve(answer.headers.size() + 128);
  if (!has_own_rule && (has_tag || r.viewer)) {
    answer.add_header("Cache-Control", r.viewer ? "private, no-cache" : "no-cache");
    answer.add_header("Vary", "Authorization");
  }
  if (!has_tag) return;
  if (answer.tag.empty()) answer.tag = entity_tag(answer.body);
  answer.add_header("ETag", answer.tag);
}

bool is_not_modified(const response& answer, const request& r) {
  return !answer.tag.empty() && lists_tag(r.header(known_header::if_none_match), answer.tag, true);
}

response not_modified(const response& answer) {
  response same;
  same.status = 304;
  same.headers = answer.headers;
  return same;
}

}  // namespace linnet::http
