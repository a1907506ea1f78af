// If-Match of all requests, and If-None-Match of those that would change something (RFC 9110, 13.1; of reads
// it is in conditional.hpp): they fail with 412, before anything is changed, if what is there now is not what
// the client goes by. They count where the request would succeed without them, so a handler looks at them
// after whom the request comes from and what it is about. If-Match is looked at first (13.2.2); there are no
// dates to compare.
#pragma once

#include "core/async.hpp"
#include "http/response.hpp"

namespace linnet::http {

// The conditions, kept past the request.
class preconditions {
 public:
  explicit preconditions(const request&);

  bool given() const { return !if_match_.empty() || !if_none_match_.empty(); }
  // The write is only to go on if something, or nothing, is there.
  bool want_something() const { return !if_match_.empty(); }
  bool want_nothing() const { return if_none_match_ == "*"; }

  // Throws precondition_failed unless they hold. `tag` is the one that a GET by the same client would tell
  // now: nullopt if there is nothing, empty if it has no tag.
  void check(std::optional<std::string_view> tag) const;
  // The same, given such a GET that has not begun. Where it fails with 404 or 400 there is nothing.
  awaitable<void> check_against(awaitable<response> current) const;

 private:
  std::string if_match_;
  std::string if_none_match_;
};

// Whether If-Match is given and doesn't list the tag, of which what stands before a dot is compared if there
// is one.
bool fails_if_match(std::string_view if_match, std::string_view tag);

[[noreturn]] void fail_precondition();

}  // namespace linnet::http
