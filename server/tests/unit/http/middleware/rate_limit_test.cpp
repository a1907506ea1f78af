#include "http/middleware/rate_limit.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"

namespace linnet::http {
namespace {

using testing::refusal;

// Windows are minutes of the clock: a test that counts stays within one.
void stay_within_a_window() {
  while (to_unix_micros(now()) / 1'000'000 % 60 >= 57)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

int remaining(const std::string& headers) {
  const std::string name = ";r=";
  REQUIRE(headers.find(name) != std::string::npos);
  return std::stoi(headers.substr(headers.find(name) + name.size()));
}

route limited_by(quota which) {
  return {verb::post, "/", "post", access::account, which, {}};
}

request from(const char* address, user_id user = 7) {
  request r;
  r.client = boost::asio::ip::make_address(address);
  r.viewer = principal{user, 1, "alice"};
  return r;
}

}  // namespace

TEST_CASE("a quota counts down and then refuses until the window ends", "[rate_limit]") {
  stay_within_a_window();
  const rate_limits limits{.writes = 3};
  rate_limiter limiter(limits);
  for (int left = 2; left >= 0; --left) CHECK(remaining(limiter.count(quota::writes, "a")) == left);
  for (int i = 0; i < 2; ++i) {
    try {
      limiter.count(quota::writes, "a");
      FAIL("not refused");
    } catch (const problem& p) {
      CHECK(p.type() == problem_type::rate_limited);
      CHECK(p.retry_after >= 1);
      CHECK(p.retry_after <= 60);
      CHECK(remaining(p.headers) == 0);
    }
  }
  CHECK(remaining(limiter.count(quota::writes, "b")) == 2);
}

TEST_CASE("without a limit nothing is counted", "[rate_limit]") {
  rate_limiter limiter(rate_limits{.writes = 0, .logins = 0, .registrations = 0});
  for (const auto which : {quota::none, quota::writes, quota::logins, quota::registrations}) {
    for (int i = 0; i < 100; ++i) CHECK(limiter.count(which, "a").empty());
    CHECK(limiter.apply(from("192.0.2.1"), limited_by(which)).empty());
  }
}

TEST_CASE("writes count by account, logins and registrations by address", "[rate_limit]") {
  stay_within_a_window();
  rate_limiter limiter(rate_limits{.writes = 1, .logins = 1, .registrations = 1});
  const auto writes = limited_by(quota::writes);
  CHECK_NOTHROW(limiter.apply(from("192.0.2.1", 7), writes));
  CHECK(refusal([&] { limiter.apply(from("192.0.2.2", 7), writes); }) == problem_type::rate_limited);
  CHECK_NOTHROW(limiter.apply(from("192.0.2.1", 8), writes));
  for (const auto which : {quota::logins, quota::registrations}) {
    const auto to = limited_by(which);
    CHECK_NOTHROW(limiter.apply(from("192.0.2.1", 7), to));
    CHECK(refusal([&] { limiter.apply(from("192.0.2.1", 8), to); }) == problem_type::rate_limited);
    CHECK_NOTHROW(limiter.apply(from("2001:db8::1", 7), to));
  }
}

TEST_CASE("clients are told their quota", "[rate_limit]") {
  stay_within_a_window();
  rate_limiter limiter(rate_limits{.writes = 600});
  const auto lines = limiter.apply(from("192.0.2.1"), limited_by(quota::writes));
  const std::string head = "RateLimit-Policy: \"writes\";q=600;w=60\r\nRateLimit: \"writes\";r=599;t=";
  REQUIRE(lines.starts_with(head));
  const auto reset = lines.substr(head.size());
  CHECK(reset.ends_with("\r\n"));
  CHECK(std::stoi(reset) >= 1);
  CHECK(std::stoi(reset) <= 60);
}

TEST_CASE("threads share a quota exactly", "[rate_limit]") {
  stay_within_a_window();
  rate_limiter limiter(rate_limits{.writes = 500});
  std::atomic<int> admitted{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) {
        if (!refusal([&] { limiter.count(quota::writes, "a"); })) ++admitted;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(admitted == 500);
}

}  // namespace linnet::http
