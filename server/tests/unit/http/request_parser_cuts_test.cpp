// How large a request may be, and that it is the same request wherever reads cut it.
#include <catch2/catch.hpp>

#include "http/request_parser.hpp"
#include "tests/unit/http/request_bytes.hpp"

namespace linnet::http {

using namespace request_bytes;

TEST_CASE("what is too large is refused", "[request_parser]") {
  const std::string line = "GET / HTTP/1.1\r\n";
  const auto header_of = [&](std::size_t bytes) {
    const std::string rest = get_with("X-A: \r\n");
    return get_with("X-A: " + std::string(line.size() + bytes - rest.size(), 'a') + "\r\n");
  };
  CHECK_FALSE(outcome(header_of(max_header)));
  CHECK(outcome(header_of(max_header + 1)) == problem_type::headers_too_large);
  CHECK(outcome(header_of(3 * max_header)) == problem_type::headers_too_large);
  const std::string fits = header_of(max_header), too_large = header_of(max_header + 1);
  for (std::size_t cut = 0; cut < fits.size(); ++cut) {
    request_parser one(limits), other(limits);
    REQUIRE_FALSE(one.parse(fits.substr(0, cut)));
    REQUIRE(one.parse(fits));
    REQUIRE_FALSE(other.parse(too_large.substr(0, cut)));
    REQUIRE(refusal([&] { other.parse(too_large); }) == problem_type::headers_too_large);
  }
  request_parser endless(limits);
  CHECK_FALSE(endless.parse(std::string(max_header, 'a')));
  CHECK(refusal([&] { endless.parse(std::string(max_header + 1, 'a')); }) == problem_type::headers_too_large);

  CHECK_FALSE(outcome(post_with("Content-Length: 64\r\n\r\n" + std::string(64, 'a'))));
  CHECK(outcome(post_with("Content-Length: 65\r\n\r\n")) == problem_type::content_too_large);
  CHECK_FALSE(outcome(
      post_with("Transfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'a') + "\r\n0\r\n\r\n")));
  CHECK(outcome(post_with("Transfer-Encoding: chunked\r\n\r\n20\r\n" + std::string(32, 'a') + "\r\n21\r\n" +
                          std::string(33, 'a') + "\r\n0\r\n\r\n")) == problem_type::content_too_large);
}

// The buffer is another one at each call, as when the session's grows.
TEST_CASE("what follows a request counts for nothing in its size", "[request_parser]") {
  const std::string sound = post_with("Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
  request_parser parser(limits);
  REQUIRE_FALSE(parser.parse(sound.substr(0, sound.size() - 1)));
  REQUIRE(parser.parse(sound + std::string(10 * max_header, 'a')));
  CHECK(parser.consumed() == sound.size());

  const std::string trailer = "X-A: " + std::string(2 * max_header + 8 * max_body, 'a') + "\r\n\r\n";
  CHECK(outcome(sound.substr(0, sound.size() - 2) + trailer) == problem_type::content_too_large);
}

TEST_CASE("a request split at any byte is the same request", "[request_parser]") {
  const std::string bytes = GENERATE(values<std::string>({
      get_with("Authorization: Bearer t\r\nX-Request-Id: 7\r\n"),
      post_with("X-Request-Id: 8\r\nContent-Length: 12\r\n\r\n{\"a\":\"b\\nc\"}"),
      post_with("Transfer-Encoding: chunked\r\nConnection: "
                "close\r\n\r\n5\r\n{\"a\":\r\n6\r\n\"b\\nc\"\r\n1\r\n}\r\n0\r\n\r\n"),
      post_with("Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n\r\n"),
      post_with("X-Request-Id: 9\r\nContent-Length: 1\r\n\r\n0"),
  }));
  request_parser whole(limits);
  REQUIRE(whole.parse(bytes));
  const parsed expected = read(whole, bytes);
  CHECK(expected.consumed == bytes.size());

  for (std::size_t split = 0; split < bytes.size(); ++split) {
    INFO("split at " << split << " of " << bytes);
    request_parser parser(limits);
    const std::string first = bytes.substr(0, split);
    REQUIRE_FALSE(parser.parse(first));
    REQUIRE(parser.parse(bytes));
    CHECK(read(parser, bytes) == expected);
  }

  request_parser dripped(limits);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string so_far = bytes.substr(0, size);
    REQUIRE_FALSE(dripped.parse(so_far));
  }
  REQUIRE(dripped.parse(bytes));
  CHECK(read(dripped, bytes) == expected);
}

TEST_CASE("pipelined requests are told apart", "[request_parser]") {
  const std::string sized = post_with("Content-Length: 2\r\n\r\n{}");
  const std::string chunked = post_with("Transfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n");
  const std::string empty = get_with("");
  const std::string stream = sized + chunked + empty;
  std::string_view rest = stream;
  std::vector<std::string> bodies;
  std::vector<std::size_t> sizes;
  while (!rest.empty()) {
    request_parser parser(limits);
    REQUIRE(parser.parse(rest));
    bodies.emplace_back(parser.finish(rest).body);
    sizes.push_back(parser.consumed());
    rest.remove_prefix(parser.consumed());
  }
  CHECK(bodies == std::vector<std::string>{"{}", "[]", ""});
  CHECK(sizes == std::vector<std::size_t>{sized.size(), chunked.size(), empty.size()});
}

TEST_CASE("a client that expects 100-continue waits between header and body", "[request_parser]") {
  const std::string header = post_with("Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  request_parser parser(limits);
  CHECK_FALSE(parser.parse(header.substr(0, header.size() - 1)));
  CHECK_FALSE(parser.expects_continue());
  CHECK_FALSE(parser.parse(header));
  CHECK(parser.expects_continue());
  CHECK(parser.parse(header + "{}"));
  CHECK_FALSE(parser.expects_continue());
}

}  // namespace linnet::http
