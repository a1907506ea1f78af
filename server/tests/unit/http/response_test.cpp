#include "http/response.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

constexpr std::string_view date = "Sat, 31 Jan 2026 09:30:00 GMT";

std::string bytes_of(const response& r, verb method = verb::get, bool keep_alive = true) {
  request asked;
  asked.method = method;
  asked.id = "r1";
  std::string out;
  append_response(out, r, asked, date, keep_alive);
  return out;
}

std::string body_of(const problem& p, std::string_view path = "/api/users") {
  request asked;
  asked.encoded_path = path;
  asked.id = "r1";
  return problem_response(p, asked).body;
}

std::string headers_of(const problem& p) {
  return problem_response(p, {}).headers;
}

}  // namespace

TEST_CASE("a response is these bytes", "[response]") {
  CHECK(bytes_of(json(200, "{}")) ==
        "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 09:30:00 GMT\r\nX-Request-Id: r1\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
  CHECK(bytes_of(created("/api/users/a", "{}"), verb::post, false) ==
        "HTTP/1.1 201 Created\r\nDate: Sat, 31 Jan 2026 09:30:00 GMT\r\nX-Request-Id: r1\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Location: /api/users/a\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

TEST_CASE("HEAD is told the length of the body that it doesn't get", "[response]") {
  CHECK(bytes_of(json(200, "{\"a\":1}"), verb::head) ==
        "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 09:30:00 GMT\r\nX-Request-Id: r1\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n");
}

TEST_CASE("204 and 304 have neither body nor length", "[response]") {
  CHECK(bytes_of(no_content(), verb::delete_) ==
        "HTTP/1.1 204 No Content\r\nDate: Sat, 31 Jan 2026 09:30:00 GMT\r\nX-Request-Id: r1\r\n"
        "X-Content-Type-Options: nosniff\r\n\r\n");
  response unchanged = json(304, "ignored");
  unchanged.add_header("ETag", "\"a\"");
  CHECK(bytes_of(unchanged) ==
        "HTTP/1.1 304 Not Modified\r\nDate: Sat, 31 Jan 2026 09:30:00 GMT\r\nX-Request-Id: r1\r\n"
        "X-Content-Type-Options: nosniff\r\nETag: "
        "\"a\"\r\n\r\n");
}

TEST_CASE("responses are appended one after another", "[response]") {
  request asked;
  asked.id = "r1";
  std::string out;
  append_response(out, no_content(), asked, date, true);
  append_response(out, no_content(), asked, date, true);
  CHECK(out == bytes_of(no_content()) + bytes_of(no_content()));
}

TEST_CASE("a problem document says what, where and why", "[response]") {
  CHECK(body_of(problem(problem_type::not_found, "There is no such user.")) ==
        R"({"type":"/problems/not-found","title":"Not found","status":404,)"
        R"("detail":"There is no such user.","instance":"/api/users","request_id":"r1"})");
  CHECK(body_of(problem("The request body is invalid.", {{"/a~1b", "is required"}, {"/c", "\"quoted\""}})) ==
        R"({"type":"/problems/invalid-content","title":"Invalid content","status":422,)"
        R"("detail":"The request body is invalid.","instance":"/api/users","request_id":"r1",)"
        R"("errors":[{"pointer":"/a~1b","detail":"is required"},{"pointer":"/c","detail":"\"quoted\""}]})");
}

TEST_CASE("the instance is a reference as it was sent, or the root of what could not be read", "[response]") {
  const problem p(problem_type::not_found, "x");
  CHECK(body_of(p, "/api/users/a%20b").find(R"("instance":"/api/users/a%20b",)") != std::string::npos);
  CHECK(body_of(p, "").find(R"("instance":"/",)") != std::string::npos);
}

TEST_CASE("each status carries the headers that it owes", "[response]") {
  constexpr const char* no_store = "Cache-Control: no-store\r\n";
  CHECK(headers_of(problem(problem_type::not_found, "")) == no_store);
  CHECK(headers_of(problem(problem_type::authentication_required, "")) ==
        std::string(no_store) + "WWW-Authenticate: Bearer\r\n");
  CHECK(headers_of(problem(problem_type::invalid_credentials, "")) ==
        std::string(no_store) + "WWW-Authenticate: Bearer\r\n");
  CHECK(headers_of(problem(problem_type::invalid_token, "")) ==
        std::string(no_store) + "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n");
  problem spent(problem_type::rate_limited, "");
  spent.retry_after = 17;
  CHECK(headers_of(spent) == std::string(no_store) + "Retry-After: 17\r\n");
  CHECK(headers_of(problem(problem_type::overloaded, "")) == std::string(no_store) + "Retry-After: 1\r\n");
  CHECK(headers_of(problem(problem_type::unavailable, "")) == std::string(no_store) + "Retry-After: 1\r\n");
  problem elsewhere(problem_type::method_not_allowed, "");
  elsewhere.headers = "Allow: GET, HEAD, OPTIONS\r\n";
  CHECK(headers_of(elsewhere) == std::string(no_store) + "Allow: GET, HEAD, OPTIONS\r\n");
}

TEST_CASE("every problem has a status of its own kind and a slug", "[response]") {
  for (int i = 0; i <= static_cast<int>(problem_type::unavailable); ++i) {
    const auto& definition = definition_of(static_cast<problem_type>(i));
    CHECK(definition.status >= 400);
    CHECK(definition.status < 600);
    CHECK_FALSE(definition.slug.empty());
    CHECK_FALSE(definition.title.empty());
  }
  CHECK(definition_of(problem_type::unavailable).slug == "unavailable");
  CHECK(definition_of(problem_type::rate_limited).status == 429);
}

}  // namespace linnet::http
