#include "http/request_parser.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/http/request_bytes.hpp"

namespace linnet::http {

using namespace request_bytes;

TEST_CASE("a request is read as it was sent", "[request_parser]") {
  const std::string bytes =
      "POST /api/tweets?x=%20 HTTP/1.1\r\nHost: linnet.example:8080\r\nauthorization:  Bearer t \r\n"
      "Content-Type: application/json\r\nContent-Length: 2\r\nX-Unknown: whatever\r\n\r\n{}";
  request_parser parser(limits);
  REQUIRE(parser.parse(bytes));
  const request r = parser.finish(bytes);
  CHECK(r.method == verb::post);
  CHECK(r.method_name == "POST");
  CHECK(r.target == "/api/tweets?x=%20");
  CHECK(r.header(known_header::authorization) == "Bearer t");
  CHECK(r.header(known_header::content_type) == "application/json");
  CHECK(r.header(known_header::if_match).data() == nullptr);
  CHECK(r.body == "{}");
  CHECK(r.keep_alive);
}

TEST_CASE("a method nobody knows is still a request", "[request_parser]") {
  const std::string bytes = "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n";
  request_parser parser(limits);
  REQUIRE(parser.parse(bytes));
  CHECK(parser.finish(bytes).method == verb::unknown);
  CHECK(parser.finish(bytes).method_name == "BREW");
}

TEST_CASE("keep-alive follows version and Connection", "[request_parser]") {
  const auto kept = [](const std::string& bytes) {
    request_parser parser(limits);
    REQUIRE(parser.parse(bytes));
    return parser.finish(bytes).keep_alive;
  };
  CHECK(kept("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK_FALSE(kept("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  CHECK_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
  CHECK(kept("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_CASE("what is ambiguous or malformed is refused with 400", "[request_parser]") {
  const std::string bytes = GENERATE(values<std::string>({
      // Host
      "GET / HTTP/1.1\r\n\r\n",
      get_with("Host: a\r\n"),
      "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: me@a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a#b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a:80:80\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: ::1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [a]\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: \xC3\xA9\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: \"a\"\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: http://a\r\n\r\n",
      // request line
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET / HTTP/0.9\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
      "GET / http/1.1\r\nHost: a\r\n\r\n",
      "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / \r\n",
      "GET / \r\n\r\n",
      "GET / \n\n",
      "GET / H\r\n",
      "GET / HTTP/1.1 \r\n",
      "GET / HTTP/1.1\n",
      "GET /\r\n",
      "GET\r\n",
      "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
      // Content-Length
      post_with("Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
      post_with("Content-Length: 2, 2\r\n\r\n{}"),
      post_with("Content-Length: +2\r\n\r\n{}"),
      post_with("Content-Length: -2\r\n\r\n{}"),
      post_with("Content-Length: 0x2\r\n\r\n{}"),
      post_with("Content-Length: 2 2\r\n\r\n{}"),
      post_with("Content-Length:\r\n\r\n"),
      post_with("Content-Length: 99999999999999999999\r\n\r\n"),
      // Transfer-Encoding
      post_with("Transfer-Encoding: gzip\r\n\r\n"),
      post_with("Transfer-Encoding: identity\r\n\r\n"),
      post_with("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
      post_with("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
      post_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      post_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
      post_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
      post_with("Transfer-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      post_with("Transfer-Encoding: chunked\r\n\r\nz\r\n"),
      post_with("Transfer-Encoding: chunked\r\n\r\n-1\r\n"),
      post_with("Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n"),
      post_with("Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
      // field syntax
      get_with("X-A : b\r\n"),
      get_with(": b\r\n"),
      get_with("X A: b\r\n"),
      get_with("X-A\r\n"),
      get_with("X-A: b\x01\r\n"),
      get_with("X-A: b\r\n c\r\n"),
      get_with("X-A: b\r\n\tc\r\n"),
      "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\n\r\n",
      // fields that mean one thing
      get_with("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
      get_with("Authorization:\r\nAuthorization: Bearer b\r\n"),
      get_with("Content-Type: a\r\ncontent-type: b\r\n"),
      get_with("If-Match: \"a\"\r\nIf-Match: \"b\"\r\n"),
      get_with("If-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n"),
      get_with("Origin: http://a\r\nOrigin: http://b\r\n"),
      get_with("Idempotency-Key: a\r\nIdempotency-Key: b\r\n"),
  }));
  INFO(bytes);
  CHECK(outcome(bytes) == problem_type::malformed_request);
}

// The first line of the value is empty, so that Beast has nothing to unfold.
TEST_CASE("a line folded right after its colon is refused as well", "[request_parser]") {
  CHECK(outcome(get_with("X-A:\r\n b\r\n")) == problem_type::malformed_request);
  CHECK(outcome("GET / HTTP/1.1\r\nHost: \r\n a\r\n\r\n") == problem_type::malformed_request);
  CHECK(outcome(post_with("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n")) ==
        problem_type::malformed_request);
  CHECK(outcome(get_with("X-A:\r\n \r\n")) == problem_type::malformed_request);
}

TEST_CASE("unusual but sound requests are accepted", "[request_parser]") {
  CHECK_FALSE(outcome("GET / HTTP/1.0\r\n\r\n"));
  CHECK_FALSE(outcome("GET / HTTP/1.1\r\nHost:\r\n\r\n"));
  CHECK_FALSE(outcome("GET / HTTP/1.1\r\nHOST:[::1]:80\r\n\r\n"));
  CHECK_FALSE(outcome(get_with("X-A:\r\nX-A: b\r\nX-A: \t c\t \r\n")));
  CHECK_FALSE(outcome(get_with("X-Forwarded-For:\r\nX-Request-Id:\r\n")));
  CHECK_FALSE(outcome(
      post_with("Transfer-Encoding: Chunked\r\n\r\n2;name=value\r\n{}\r\n0\r\nX-Trailer: a\r\n\r\n")));
}

TEST_CASE("empty values are views like any other", "[request_parser]") {
  const std::string bytes = get_with("X-Forwarded-For:\r\nX-Request-Id:\r\nAuthorization:\r\n");
  request_parser parser(limits);
  REQUIRE(parser.parse(bytes));
  const request r = parser.finish(bytes);
  CHECK(r.header(known_header::x_forwarded_for).empty());
  CHECK(r.header(known_header::x_request_id).empty());
  CHECK(r.header(known_header::authorization).empty());
  CHECK(r.header(known_header::authorization).data() != nullptr);
}

TEST_CASE("hosts of all kinds are accepted", "[request_parser]") {
  for (const auto* host : {"", "a", "a:", "a:80", "linnet.example", "127.0.0.1:8080", "[::1]",
                           "[2001:db8::1]:8080", "xn--bcher-kva.example", "my_host", "a%41", "a-b.c", "A"}) {
    INFO(host);
    CHECK_FALSE(outcome("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"));
  }
}

TEST_CASE("lines of a list are joined, wherever they stand", "[request_parser]") {
  const std::string bytes = get_with(
      "X-Forwarded-For: 192.0.2.1\r\nForwarded: for=192.0.2.1\r\nX-A: b\r\nx-forwarded-for: 192.0.2.2, "
      "192.0.2.3\r\nX-Forwarded-For:\r\nforwarded: for=192.0.2.2\r\n");
  request_parser parser(limits);
  REQUIRE(parser.parse(bytes));
  const request r = parser.finish(bytes);
  CHECK(r.header(known_header::x_forwarded_for) == "192.0.2.1, 192.0.2.2, 192.0.2.3, ");
  CHECK(r.header(known_header::forwarded) == "for=192.0.2.1, for=192.0.2.2");
}

TEST_CASE("only a content coding that changes something is noted", "[request_parser]") {
  const auto noted = [](const std::string& lines) {
    const std::string bytes = get_with(lines);
    request_parser parser(limits);
    REQUIRE(parser.parse(bytes));
    return std::string(parser.finish(bytes).header(known_header::content_encoding));
  };
  CHECK(noted("Content-Encoding: gzip\r\n") == "gzip");
  CHECK(noted("Content-Encoding: Identity\r\n").empty());
  CHECK(noted("Content-Encoding: gzip\r\nContent-Encoding: identity\r\n") == "gzip");
}

TEST_CASE("the origin of a refused request is found, however much of it has come", "[request_parser]") {
  CHECK(origin_in("GET / HTTP/1.1\r\nHost: a\r\nORIGIN: \thttps://a.example \r\nX-A: b") ==
        "https://a.example");
  CHECK(origin_in("GET / HTTP/1.1\r\nOrigin: https://a.example\r\n\r\n") == "https://a.example");
  CHECK(origin_in("GET / HTTP/1.1\r\nOrigin:\r\n\r\n").data() != nullptr);
  for (const auto* none :
       {"", "GET", "GET / HTTP/1.1\r\nOrigin: https://a.exam", "GET /\r\nX-Origin: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\n\r\n\r\nOrigin: https://a.example\r\n\r\n"}) {
    INFO(none);
    CHECK(origin_in(none).data() == nullptr);
  }
}

// Behind a proxy that sets or checks header fields, a trailer is a way around it.
TEST_CASE("nothing in a trailer is a header field", "[request_parser]") {
  const std::string name = GENERATE(
      values<std::string>({"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match",
                           "Linnet-Seen", "Origin", "X-Forwarded-For", "Forwarded", "X-Request-Id",
                           "Content-Encoding", "Expect", "Connection", "x-request-ID"}));
  INFO(name);
  const std::string chunks = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n";
  const std::string plain = post_with("Authorization: Bearer t\r\nX-Request-Id: 8\r\n" + chunks) + "\r\n";
  const std::string lines = name + ": close\r\n" + name + ": 100-continue\r\n";
  const std::string trailed = plain.substr(0, plain.size() - 2) + lines + "\r\n";
  request_parser without(limits);
  request_parser with(limits);
  REQUIRE(without.parse(plain));
  REQUIRE(with.parse(trailed));
  const request expected = without.finish(plain);
  const request got = with.finish(trailed);
  CHECK(with.consumed() == trailed.size());
  CHECK(got.headers == expected.headers);
  CHECK(got.body == "{}");
  CHECK(got.keep_alive);
}

TEST_CASE("a trailer must not frame anything", "[request_parser]") {
  for (const auto* line : {"Host: b", "Content-Length: 2", "Transfer-Encoding: chunked", "X-A: b\r\n c"}) {
    INFO(line);
    const std::string chunks = "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n";
    CHECK(outcome(post_with(chunks + line + "\r\n\r\n")) == problem_type::malformed_request);
  }
}

}  // namespace linnet::http
