#include "core/problem.hpp"

#include <array>

namespace linnet {

const problem_definition& definition_of(problem_type type) {
  static constexpr std::array<problem_definition, 19> definitions{{
      {400, "malformed-request", "Malformed request"},
      {401, "authentication-required", "Authentication required"},
      {401, "invalid-token", "Invalid token"},
      {401, "invalid-credentials", "Wrong username or password"},
      {403, "forbidden", "Forbidden"},
      {404, "not-found", "Not found"},
      {405, "method-not-allowed", "Method not allowed"},
      {408, "request-timeout", "Request timeout"},
      {409, "conflict", "Conflict"},
      {412, "precondition-failed", "Precondition failed"},
      {413, "content-too-large", "Content too large"},
      {414, "uri-too-long", "URI too long"},
      {415, "unsupported-media-type", "Unsupported media type"},
      {422, "invalid-content", "Invalid content"},
      {429, "rate-limited", "Too many requests"},
      {431, "headers-too-large", "Request header fields too large"},
      {500, "internal-error", "Internal server error"},
      {503, "overloaded", "Overloaded"},
      {503, "unavailable", "Service unavailable"},
  }};
  return definitions[static_cast<std::size_t>(type)];
}

problem past_deadline() {
  return {problem_type::unavailable, "The request could not be served in time."};
}

void fail_not_found(std::string_view what) {
  throw problem(problem_type::not_found, "There is no such " + std::string(what) + ".");
}

void fail_account_gone() {
  throw problem(problem_type::invalid_token, "The account is gone.");
}

void fail_session_ended() {
  throw problem(problem_type::invalid_token, "The session has ended.");
}

void fail_forbidden(std::string_view detail) {
  throw problem(problem_type::forbidden, std::string(detail));
}

void fail_malformed(std::string_view detail) {
  throw problem(problem_type::malformed_request, std::string(detail));
}

void fail_invalid(std::string pointer, std::string detail) {
  std::vector<field_error> errors{{std::move(pointer), detail}};
  throw problem(std::move(detail), std::move(errors));
}

void fail_overloaded(std::string_view what) {
  throw problem(problem_type::overloaded, "Too many requests wait for the " + std::string(what) + ".");
}

void fail_unavailable(std::string_view what) {
  throw problem(problem_type::unavailable, "The " + std::string(what) + " did not answer in time.");
}

}  // namespace linnet
