#include "http/lists.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "core/json_text.hpp"

namespace linnet::http {

namespace {

int bounded_number(const std::string& text, int max, std::string_view name, std::string_view beyond = "") {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > max) {
    fail_malformed(fmt::format("The parameter '{}' must be a number from 1 to {}.{}", name, max, beyond));
  }
  return value;
}

}  // namespace

page_request page_asked(const request& r, list_kind kind, std::int64_t owner) {
  page_request asked;
  if (r.query.empty()) return asked;
  const auto page = r.parameter("page");
  const auto cursor = r.parameter("cursor");
  const auto per_page = r.parameter("per_page");
  if (page && cursor) fail_malformed("The parameters 'page' and 'cursor' exclude each other.");
  if (cursor) {
    const auto decoded = decode_cursor(*cursor, kind, owner);
    if (!decoded) fail_malformed("The cursor is not one of this list.");
    asked = *decoded;
  }
  if (page) {
    const int most = kind == list_kind::timeline ? max_timeline_page : max_page;
    asked.page = bounded_number(*page, most, "page", " Further pages are reached by 'next_cursor'.");
  }
  if (per_page) asked.per_page = bounded_number(*per_page, max_page_size, "per_page");
  return asked;
}

response list_writer::finish(const request& r, const page_request& asked, list_kind kind, std::int64_t owner,
                             std::optional<position> last, bool more) && {
  body_ += "],\"page\":";
  append_number(body_, asked.page);
  body_ += ",\"next_cursor\":";
  response answer;
  if (more && last) {
    const std::string cursor = encode_cursor(kind, owner, *last, asked.page + 1);
    body_.append("\"").append(cursor).append("\"}");
    const std::string size =
        asked.per_page == default_page_size ? "" : fmt::format("&per_page={}", asked.per_page);
    const std::string_view filter = kind == list_kind::favorited_tweets ? "favorited=true&" : "";
    answer.add_header("Link",
                      fmt::format("<{}?{}cursor={}{}>; rel=\"next\"", r.encoded_path, filter, cursor, size));
  } else {
    body_ += "null}";
  }
  answer.body = std::move(body_);
  return answer;
}

response list_writer::finish_lookup() && {
  body_ += "]}";
  return json(200, std::move(body_));
}

std::vector<std::string> names_asked(const request& r, std::string_view parameter) {
  const auto given = r.parameter(parameter);
  if (!given || given->empty()) fail_malformed(fmt::format("The parameter '{}' is required.", parameter));
  std::vector<std::string> names;
  std::string_view rest = *given;
  while (true) {
    const auto comma = rest.find(',');
    std::string name(rest.substr(0, comma));
    if (name.empty()) fail_malformed(fmt::format("The parameter '{}' has an empty item.", parameter));
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    if (names.size() > max_page_size) {
      fail_malformed(fmt::format("The parameter '{}' has more than {} items.", parameter, max_page_size));
    }
    if (comma == std::string_view::npos) return names;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace linnet::http
