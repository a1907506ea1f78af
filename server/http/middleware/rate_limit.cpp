#include "http/middleware/rate_limit.hpp"

#include <algorithm>

#include <fmt/compile.h>
#include <fmt/format.h>

namespace linnet::http {

namespace {

// Letters of subjects. They stand in keys that servers of several versions share.
constexpr char reads = 'd';
constexpr char reads_of_address = 'a';
constexpr char writes = 'w';
constexpr char logins = 'l';
constexpr char registrations = 'r';
constexpr char logins_of_name = 'n';
constexpr char logins_of_name_and_address = 'p';

std::string_view name_of(quota which) {
  switch (which) {
    case quota::reads:
      return "reads";
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

quota_subject reader_of(const request& r) {
  return r.viewer ? quota_subject::of_account(reads, r.viewer->user)
                  : quota_subject::of_address(reads_of_address, r.client);
}

quota_subject subject_of(quota which, const request& r) {
  if (which == quota::writes) return quota_subject::of_account(writes, r.account().user);
  return quota_subject::of_address(which == quota::logins ? logins : registrations, r.client);
}

std::int64_t second_now() {
  return to_unix_micros(now()) / 1'000'000;
}

}  // namespace

int rate_limiter::limit_of(quota which) const {
  switch (which) {
    case quota::reads:
      return limits_.reads;
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

std::string rate_limiter::count(quota which, const quota_subject& subject, int limit) {
  const std::int64_t second = second_now();
  return tell(which, limit, counts_.count(subject, limit, second), second);
}

std::string rate_limiter::tell(quota which, int limit, const shared_counts::standing& standing,
                               std::int64_t second) {
  constexpr int window = shared_counts::window_seconds;
  const auto reset = static_cast<int>(window - second % window);
  auto headers =
      fmt::format(FMT_COMPILE("RateLimit-Policy: \"{0}\";q={1};w={2}\r\nRateLimit: \"{0}\";r={3};t={4}\r\n"),
                  name_of(which), limit, window, standing.remaining, reset);
  if (standing.admitted) return headers;
  problem refused(problem_type::rate_limited,
                  fmt::format("The quota of {} {} a minute is spent.", limit, name_of(which)));
  refused.retry_after = reset;
  refused.headers = std::move(headers);
  throw refused;
}

std::string rate_limiter::apply(const request& r, const route& to) {
  const int limit = limit_of(to.limit);
  if (limit == 0) return {};
  if (to.limit != quota::reads) return count(to.limit, subject_of(to.limit, r), limit);
  check_reads(r);
  return {};
}

void rate_limiter::check_reads(const request& r) const {
  if (limits_.reads == 0) return;
  const std::int64_t second = second_now();
  const auto standing = counts_.look(reader_of(r), limits_.reads, second);
  if (!standing.admitted) tell(quota::reads, limits_.reads, standing, second);
}

void rate_limiter::charge_reads(const request& r, int units) {
  const bool has_dead_token = !r.viewer && r.header(known_header::authorization).data() != nullptr;
  if (units == 0 || limits_.reads == 0 || has_dead_token) return;
  counts_.count(reader_of(r), limits_.reads, second_now(), units);
}

void rate_limiter::count_login(std::string_view name, const boost::asio::ip::address& from) {
  if (limits_.logins == 0) return;
  const int of_name = static_cast<int>(std::min<std::int64_t>(10L * limits_.logins, 1'000'000'000));
  if (counts_.count(quota_subject::of_name(logins_of_name, name), of_name, second_now()).admitted) return;
  count(quota::logins, quota_subject::of_name_and_address(logins_of_name_and_address, name, from),
        std::max(1, limits_.logins / 10));
}

}  // namespace linnet::http
