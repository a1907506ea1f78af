#include "http/middleware/cors.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

std::string headers_for(const std::vector<std::string>& allowed, std::string_view origin,
                        verb method = verb::get, std::string headers = {}) {
  request r;
  r.method = method;
  r.headers[static_cast<std::size_t>(known_header::origin)] = origin;
  response answer;
  answer.headers = std::move(headers);
  cors(allowed).apply(answer, r);
  return answer.headers;
}

bool has(const std::string& headers, const std::string& line) {
  return ("\r\n" + headers).find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("without configured origins nothing is said, to others only that there are some", "[cors]") {
  CHECK(headers_for({}, "https://a.example").empty());
  CHECK(headers_for({"https://a.example"}, "") == "Vary: Origin\r\n");
  for (const auto* other :
       {"https://b.example", "https://a.example.evil", "https://A.example", "http://a.example", "null"}) {
    CHECK(headers_for({"https://a.example"}, other) == "Vary: Origin\r\n");
  }
}

TEST_CASE("a configured origin may read, and is told what else it may do when it asks", "[cors]") {
  const auto read = headers_for({"https://a.example", "https://b.example"}, "https://b.example");
  CHECK(has(read, "Access-Control-Allow-Origin: https://b.example"));
  CHECK(has(read, "Vary: Origin"));
  CHECK(read.find("ETag, Linnet-Seen, Link, Location, RateLimit") != std::string::npos);
  CHECK(read.find("Access-Control-Allow-Methods") == std::string::npos);

  const auto preflight = headers_for({"https://a.example"}, "https://a.example", verb::options);
  CHECK(has(preflight, "Access-Control-Allow-Origin: https://a.example"));
  CHECK(has(preflight, "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE"));
  CHECK(preflight.find("Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key") !=
        std::string::npos);
  CHECK(has(preflight, "Access-Control-Max-Age: 600"));
}

TEST_CASE("a refusal may be read by an origin that did not come", "[cors]") {
  const auto refused = [](const std::vector<std::string>& allowed, std::string_view origin) {
    request r;
    r.headers[static_cast<std::size_t>(known_header::origin)] = origin;
    response answer;
    cors(allowed).apply_to_refusal(answer, r);
    return answer.headers;
  };
  const std::vector<std::string> two{"https://a.example", "https://b.example"};
  CHECK(has(refused(two, {}), "Access-Control-Allow-Origin: *"));
  CHECK(has(refused({"https://a.example"}, {}), "Access-Control-Allow-Origin: https://a.example"));
  CHECK(has(refused(two, "https://b.example"), "Access-Control-Allow-Origin: https://b.example"));
  CHECK(refused(two, "https://evil.example") == "Vary: Origin\r\n");
  CHECK(refused({}, {}).empty());
}

// A cache that holds the answer to one origin must not give it to another.
TEST_CASE("an answer that varies by something else varies by Origin too", "[cors]") {
  const auto headers =
      headers_for({"https://a.example"}, "https://a.example", verb::get, "Vary: Authorization\r\n");
  CHECK((has(headers, "Vary: Origin") || has(headers, "Vary: Authorization, Origin")));
}

}  // namespace linnet::http
