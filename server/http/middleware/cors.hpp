// Cross-origin requests of browsers: off unless origins are configured. Then every answer varies by the
// origin, and one from a configured origin may be read, also when it is a refusal of what could not be
// parsed.
#pragma once

#include <algorithm>
#include <vector>

#include "http/response.hpp"

namespace linnet::http {

class cors {
 public:
  explicit cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  void apply(response& answer, const request& r) const {
    vary(answer);
    const auto origin = r.header(known_header::origin);
    if (std::find(origins_.begin(), origins_.end(), origin) == origins_.end()) return;
    allow(answer, origin);
    if (r.method == verb::options) {
      answer.add_header("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
      answer.add_header(
          "Access-Control-Allow-Headers",
          "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Linnet-Seen, X-Request-Id");
      answer.add_header("Access-Control-Max-Age", "600");
    }
  }

  // For an answer to a request that was not parsed: its origin may not have come. It tells nobody's secrets,
  // so then any origin may read it; where there is one only, in a way that holds for requests with
  // credentials too.
  void apply_to_refusal(response& answer, const request& r) const {
    if (origins_.empty()) return;
    if (r.header(known_header::origin).data() != nullptr) return apply(answer, r);
    vary(answer);
    allow(answer, origins_.size() == 1 ? std::string_view(origins_.front()) : "*");
  }

  // What a cache must know of every answer, whoever asked.
  void vary(response& answer) const {
    if (!origins_.empty())
      answer.add_header("Vary", "Origin");  // beside any other: a list may be split over lines
  }

 private:
  static void allow(response& answer, std::string_view origin) {
    answer.add_header("Access-Control-Allow-Origin", origin);
    answer.add_header(
        "Access-Control-Expose-Headers",
        "Accept-Encoding, Allow, ETag, Linnet-Seen, Link, Location, RateLimit, RateLimit-Policy, "
        "Retry-After, WWW-Authenticate, X-Request-Id");
  }

  std::vector<std::string> origins_;
};

}  // namespace linnet::http
