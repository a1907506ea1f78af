// Everything a client can be told went wrong (RFC 9457). Thrown anywhere under a request; the dispatcher
// turns it into application/problem+json. Any other exception becomes an opaque 500.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace linnet {

enum class problem_type {
  malformed_request,
  authentication_required,
  invalid_token,
  invalid_credentials,
  forbidden,
  not_found,
  method_not_allowed,
  request_timeout,
  conflict,
  precondition_failed,
  content_too_large,
  uri_too_long,
  unsupported_media_type,
  invalid_content,
  rate_limited,
  headers_too_large,
  internal_error,
  overloaded,
  unavailable,
};

struct problem_definition {
  unsigned status;
  std::string_view slug;  // last part of the stable type URI
  std::string_view title;
};

const problem_definition& definition_of(problem_type);

// One invalid member of the request body. `pointer` is an RFC 6901 JSON pointer.
struct field_error {
  std::string pointer;
  std::string detail;
};

class problem : public std::exception {
 public:
  problem(problem_type type, std::string detail) : type_(type), detail_(std::move(detail)) {}
  problem(std::string detail, std::vector<field_error> errors)
      : type_(problem_type::invalid_content), detail_(std::move(detail)), errors_(std::move(errors)) {}

  problem_type type() const { return type_; }
  const std::string& detail() const { return detail_; }
  const std::vector<field_error>& errors() const { return errors_; }
  const char* what() const noexcept override { return detail_.c_str(); }

  // Seconds for Retry-After; every 429 and 503 carries it.
  int retry_after = 1;
  // Further header lines for the client, each "Name: value\r\n".
  std::string headers;

 private:
  problem_type type_;
  std::string detail_;
  std::vector<field_error> errors_;
};

problem past_deadline();  // of a request that waited too long

[[noreturn]] void fail_not_found(std::string_view what);  // "user", "tweet", ...
[[noreturn]] void fail_account_gone();   // the account was deleted after its token was checked
[[noreturn]] void fail_session_ended();  // the session ended after its token was checked
[[noreturn]] void fail_forbidden(std::string_view detail);
[[noreturn]] void fail_malformed(std::string_view detail);
[[noreturn]] void fail_invalid(std::string pointer, std::string detail);
[[noreturn]] void fail_overloaded(std::string_view what);   // our own queue is full
[[noreturn]] void fail_unavailable(std::string_view what);  // a backend is away or too slow

}  // namespace linnet
