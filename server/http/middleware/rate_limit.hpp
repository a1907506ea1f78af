// Quotas over windows of a minute, told to clients by RateLimit-Policy and RateLimit
// (draft-ietf-httpapi-ratelimit-headers). Counts are shared by the servers; shared_counts.hpp says how far.
#pragma once

#include "http/middleware/shared_counts.hpp"
#include "http/router.hpp"

namespace linnet::http {

// A minute and account (writes) or address; 0: no limit.
struct rate_limits {
  int writes = 600;
  int logins = 30;
  int registrations = 30;
};

class rate_limiter {
 public:
  rate_limiter(const rate_limits& limits, quota_metrics& metrics, shared_counts::exchange with_others = {})
      : limits_(limits), counts_(metrics, std::move(with_others)) {}

  // Counts a request against its route's quota: an account's writes, an address's logins or registrations.
  // Returns the header lines that tell the client. Throws rate_limited, with the same headers, when the
  // quota is spent. Any thread.
  std::string apply(const request&, const route&);

  // Counts a login besides by its name, in lower case. After ten quotas of one name
  // in a window, from whatever addresses, each address has a tenth of a quota left for that name: guessing
  // is slowed down, and the owner still gets in. Throws as apply() does.
  void count_login(std::string_view name, const boost::asio::ip::address& from);

  // How many accounts, addresses and names have a count. Any thread.
  std::size_t subjects() const { return counts_.subjects(); }

 private:
  std::string count(quota, const quota_subject&, int limit);
  int limit_of(quota) const;

  const rate_limits limits_;
  shared_counts counts_;
};

}  // namespace linnet::http
