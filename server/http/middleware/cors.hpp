// Cross-origin requests of browsers: off unless origins are configured.
#pragma once

#include <algorithm>
#include <vector>

#include "http/response.hpp"

namespace linnet::http {

class cors {
 public:
  explicit cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  void apply(response& answer, const request& r) const {
    if (origins_.empty()) return;
    const auto origin = r.header(known_header::origin);
    if (origin.empty() || std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) return;
    answer.add_header("Access-Control-Allow-Origin", origin);
    answer.add_header("Vary", "Origin");  // beside any other Vary: a list may be split over lines
    answer.add_header(
        "Access-Control-Expose-Headers",
        "ETag, Linnet-Seen, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id");
    if (r.method == verb::options) {
      answer.add_header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
      answer.add_header(
          "Access-Control-Allow-Headers",
          "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Linnet-Seen, X-Request-Id");
      answer.add_header("Access-Control-Max-Age", "600");
    }
  }

 private:
  std::vector<std::string> origins_;
};

}  // namespace linnet::http
