// Requests as bytes, and what request_parser makes of them, with limits that tests can reach.
#pragma once

#include <catch2/catch.hpp>

#include "http/request_parser.hpp"
#include "tests/unit/support/refusal.hpp"

namespace linnet::http::request_bytes {

using testing::refusal;

constexpr std::size_t max_header = 1024;
constexpr std::size_t max_body = 64;
constexpr request_limits limits{max_header, max_body, 512};

// What a single request of these bytes comes to; nullopt when it is accepted.
inline std::optional<problem_type> outcome(const std::string& bytes) {
  return refusal([&] {
    request_parser parser(limits);
    if (!parser.parse(bytes)) FAIL("still waits for more of: " << bytes);
  });
}

inline std::string get_with(const std::string& lines) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}
inline std::string post_with(const std::string& lines) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + lines;
}

struct parsed {
  std::string method, target, body, authorization, id;
  bool keep_alive;
  std::size_t consumed;
  friend bool operator==(const parsed&, const parsed&) = default;
};

inline parsed read(const request_parser& parser, std::string_view buffer) {
  const request r = parser.finish(buffer);
  return {std::string(r.method_name),
          std::string(r.target),
          std::string(r.body),
          std::string(r.header(known_header::authorization)),
          std::string(r.header(known_header::x_request_id)),
          r.keep_alive,
          parser.consumed()};
}

}  // namespace linnet::http::request_bytes
