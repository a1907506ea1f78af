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

TEST_CASE("without configured origins, or from others, nothing is said", "[cors]") {
  CHECK(headers_for({}, "https://a.example").empty());
  CHECK(headers_for({"https://a.example"}, "").empty());
  for (const auto* other :
       {"https://b.example", "https://a.example.evil", "https://A.example", "http://a.example", "null"}) {
    CHECK(headers_for({"https://a.example"}, other).empty());
  }
}

TEST_CASE("a configured origin may read, and is told what else it may do when it asks", "[cors]") {
  const auto read = headers_for({"https://a.example", "https://b.example"}, "https://b.example");
  CHECK(has(read, "Access-Control-Allow-Origin: https://b.example"));
  CHECK(has(read, "Vary: Origin"));
  CHECK(read.find("Access-Control-Expose-Headers: ETag, Linnet-Seen, Link, Location") != std::string::npos);
  CHECK(read.find("Access-Control-Allow-Methods") == std::string::npos);

  const auto preflight = headers_for({"https://a.example"}, "https://a.example", verb::options);
  CHECK(has(preflight, "Access-Control-Allow-Origin: https://a.example"));
  CHECK(has(preflight, "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE"));
  CHECK(preflight.find("Access-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key") !=
        std::string::npos);
  CHECK(has(preflight, "Access-Control-Max-Age: 600"));
}

// A cache that holds the answer to one origin must not give it to another.
TEST_CASE("an answer that varies by something else varies by Origin too", "[cors]") {
  const auto headers =
      headers_for({"https://a.example"}, "https://a.example", verb::get, "Vary: Authorization\r\n");
  CHECK((has(headers, "Vary: Origin") || has(headers, "Vary: Authorization, Origin")));
}

}  // namespace linnet::http
