// Quotas over windows of a minute, told to clients by RateLimit-Policy and RateLimit
// (draft-ietf-httpapi-ratelimit-headers). Counts are kept by this server alone, in bounded memory.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "http/router.hpp"

namespace linnet::http {

struct rate_limits {
  int writes = 600;        // a minute and account
  int logins = 30;         // a minute and address, and a minute and account name
  int registrations = 30;  // a minute and address
};

class rate_limiter {
 public:
  explicit rate_limiter(const rate_limits& limits) : limits_(limits) {}

  // Counts one request of `subject` (an account, an address, a name) and returns the header lines that tell
  // the client. Throws rate_limited, with the same headers, when the quota is spent. Any thread.
  std::string count(quota which, const std::string& subject);

  // Counts a request against its route's quota.
  std::string apply(const request&, const route&);

 private:
  static constexpr std::size_t max_subjects = 1 << 20;
  int limit_of(quota) const;

  const rate_limits limits_;
  std::mutex mutex_;
  std::int64_t window_ = 0;
  std::unordered_map<std::string, int> counts_;  // of the current window; the next one starts empty
};

}  // namespace linnet::http
