#include "http/middleware/rate_limit.hpp"

#include <fmt/format.h>

namespace linnet::http {

namespace {

constexpr std::int64_t window_seconds = 60;

std::string_view name_of(quota which) {
  switch (which) {
    case quota::writes:
      return "writes";
    case quota::logins:
      return "logins";
    case quota::registrations:
      return "registrations";
    case quota::none:
      break;
  }
  return "none";
}

}  // namespace

int rate_limiter::limit_of(quota which) const {
  switch (which) {
    case quota::writes:
      return limits_.writes;
    case quota::logins:
      return limits_.logins;
    case quota::registrations:
      return limits_.registrations;
    case quota::none:
      break;
  }
  return 0;
}

std::string rate_limiter::count(quota which, const std::string& subject) {
  const int limit = limit_of(which);
  if (limit == 0) return {};
  const std::int64_t second = to_unix_micros(now()) / 1'000'000;
  const auto reset = static_cast<int>(window_seconds - second % window_seconds);
  const auto headers = [&](int remaining) {
    return fmt::format("RateLimit-Policy: \"{0}\";q={1};w={2}\r\nRateLimit: \"{0}\";r={3};t={4}\r\n",
                       name_of(which), limit, window_seconds, remaining, reset);
  };
  const std::lock_guard lock(mutex_);
  if (second / window_seconds != window_) {
    window_ = second / window_seconds;
    counts_.clear();
  }
  auto found = counts_.find(subject);
  if (found == counts_.end()) {
    // With the table full, unknown subjects go uncounted: a flood of addresses must not lock everybody out.
    if (counts_.size() >= max_subjects) return headers(limit);
    found = counts_.emplace(subject, 0).first;
  }
  if (found->second >= limit) {
    problem refused(problem_type::rate_limited,
                    fmt::format("The quota of {} {} a minute is spent.", limit, name_of(which)));
    refused.retry_after = reset;
    refused.headers = headers(0);
    throw refused;
  }
  return headers(limit - ++found->second);
}

std::string rate_limiter::apply(const request& r, const route& to) {
  if (to.limit == quota::none) return {};
  if (to.limit == quota::writes) return count(to.limit, fmt::format("writes {}", r.account().user));
  return count(to.limit, fmt::format("{} {}", name_of(to.limit), r.client.to_string()));
}

}  // namespace linnet::http
