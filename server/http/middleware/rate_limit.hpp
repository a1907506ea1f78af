// Quotas over windows of a minute, told to clients by RateLimit-Policy and RateLimit
// (draft-ietf-httpapi-ratelimit-headers). Counts are shared by the servers; shared_counts.hpp says how far.
#pragma once

#include "http/middleware/shared_counts.hpp"
#include "http/router.hpp"

namespace linnet::http {

// A minute and account (writes; reads with a token) or address; 0: no limit.
struct rate_limits {
  int reads = 60000;  // units of request_context::charge(): kept answers and what memory holds are free
  int writes = 600;
  int logins = 30;
  int registrations = 30;
};

class rate_limiter {
 public:
  rate_limiter(const rate_limits& limits, quota_metrics& metrics, shared_counts::exchange with_others = {})
      : limits_(limits), counts_(metrics, std::move(with_others)) {}

  // Counts a request against its route's quota: an account's writes, an address's logins or registrations.
  // For a read, only checks whether the quota is spent, since nobody knows yet what the read costs. Returns
  // the header lines that tell the client about the quota; none for a read, since its answer may be kept and
  // sent again. Throws rate_limited, with such lines, when the quota is spent. Any thread.
  std::string apply(const request&, const route&);

  // Throws rate_limited when the quota of reads is spent. Any thread.
  void check_reads(const request&) const;
  // Counts what a request has cost the database, 0 at no cost: for its account, or for its address if it has
  // no token. A token that is not live costs nobody's quota. The last request of a window may go beyond the
  // quota. Any thread.
  void charge_reads(const request&, int units);

  // Counts a login besides by its name, in lower case. After ten quotas of one name
  // in a window, from whatever addresses, each address has a tenth of a quota left for that name: guessing
  // is slowed down, and the owner still gets in. Throws as apply() does.
  void count_login(std::string_view name, const boost::asio::ip::address& from);

  // How many accounts, addresses and names have a count. Any thread.
  std::size_t subjects() const { return counts_.subjects(); }

 private:
  std::string count(quota, const quota_subject&, int limit);
  static std::string tell(quota, int limit, const shared_counts::standing&, std::int64_t second);
  int limit_of(quota) const;

  const rate_limits limits_;
  shared_counts counts_;
};

}  // namespace linnet::http
