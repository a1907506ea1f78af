#include "http/middleware/preconditions.hpp"

#include "http/middleware/conditional.hpp"

namespace linnet::http {

namespace {

// A list of tags with "a" for each "a.b".
std::string lasting_parts(std::string list) {
  bool quoted = false;
  std::size_t out = 0;
  bool skipping = false;
  for (const char c : list) {
    if (c == '"') {
      quoted = !quoted;
      skipping = false;
    } else if (quoted && c == '.') {
      skipping = true;
    }
    if (!skipping) list[out++] = c;
  }
  list.resize(out);
  return list;
}

}  // namespace

preconditions::preconditions(const request& r)
    : if_match_(r.header(known_header::if_match)), if_none_match_(r.header(known_header::if_none_match)) {}

bool fails_if_match(std::string_view if_match, std::string_view tag) {
  if (if_match.empty()) return false;
  const bool has_parts = tag.find('.') != std::string_view::npos;
  return has_parts ? !lists_tag(lasting_parts(std::string(if_match)), lasting_parts(std::string(tag)), false)
                   : !lists_tag(if_match, tag, false);
}

void preconditions::check(std::optional<std::string_view> tag) const {
  if (tag ? fails_if_match(if_match_, *tag) : !if_match_.empty()) fail_precondition();
  if (!if_none_match_.empty() && tag && lists_tag(if_none_match_, *tag, true)) fail_precondition();
}

awaitable<void> preconditions::check_against(awaitable<response> current) const {
  std::optional<std::string> tag;
  try {
    const response answer = co_await std::move(current);
    tag = answer.tag.empty() ? entity_tag(answer.body) : answer.tag;
  } catch (const problem& p) {
    const bool nothing = p.type() == problem_type::not_found || p.type() == problem_type::malformed_request;
    if (!nothing) throw;
  }
  check(tag);
}

void fail_precondition() {
  throw problem(problem_type::precondition_failed,
                "It is not, or not any more, as the request wants it to be.");
}

}  // namespace linnet::http
