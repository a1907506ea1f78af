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

struct rate_limit_fixture {
  explicit rate_limit_fixture(const rate_limits& limits) : limiter(limits, metrics) {}
  std::string post(const char* address, user_id user = 7) {
    return limiter.apply(from(address, user), limited_by(quota::writes));
  }
  std::optional<problem_type> log_in(std::string_view name, const char* address) {
    return refusal([&] { limiter.count_login(name, boost::asio::ip::make_address(address)); });
  }
  quota_metrics metrics;
  rate_limiter limiter;
};

const auto spent = problem_type::rate_limited;

}  // namespace

TEST_CASE("a quota counts down and then refuses until the window ends", "[rate_limit]") {
  stay_within_a_window();
  rate_limit_fixture f({.writes = 3});
  for (int left = 2; left >= 0; --left) CHECK(remaining(f.post("192.0.2.1")) == left);
  for (int i = 0; i < 2; ++i) {
    try {
      f.post("192.0.2.1");
      FAIL("not refused");
    } catch (const problem& p) {
      CHECK(p.type() == problem_type::rate_limited);
      CHECK(p.retry_after >= 1);
      CHECK(p.retry_after <= 60);
      CHECK(remaining(p.headers) == 0);
    }
  }
  CHECK(remaining(f.post("192.0.2.1", 8)) == 2);
}

TEST_CASE("without a limit nothing is counted", "[rate_limit]") {
  rate_limit_fixture f({.writes = 0, .logins = 0, .registrations = 0});
  for (const auto which : {quota::none, quota::writes, quota::logins, quota::registrations}) {
    for (int i = 0; i < 100; ++i) CHECK(f.limiter.apply(from("192.0.2.1"), limited_by(which)).empty());
  }
  for (int i = 0; i < 100; ++i) CHECK_FALSE(f.log_in("ada", "192.0.2.1"));
}

TEST_CASE("writes count by account, logins and registrations by address", "[rate_limit]") {
  stay_within_a_window();
  rate_limit_fixture f({.writes = 1, .logins = 1, .registrations = 1});
  CHECK_NOTHROW(f.post("192.0.2.1", 7));
  CHECK(refusal([&] { f.post("192.0.2.2", 7); }) == spent);
  CHECK_NOTHROW(f.post("192.0.2.1", 8));
  for (const auto which : {quota::logins, quota::registrations}) {
    const auto to = limited_by(which);
    CHECK_NOTHROW(f.limiter.apply(from("192.0.2.1", 7), to));
    CHECK(refusal([&] { f.limiter.apply(from("192.0.2.1", 8), to); }) == spent);
    CHECK_NOTHROW(f.limiter.apply(from("2001:db8::1", 7), to));
  }
}

TEST_CASE("a name that is guessed at from everywhere leaves each address a few logins", "[rate_limit]") {
  stay_within_a_window();
  rate_limit_fixture f({.logins = 20});
  for (int i = 0; i < 200; ++i) CHECK_FALSE(f.log_in("ada", "192.0.2.1"));
  for (const char* address : {"192.0.2.1", "192.0.2.2"}) {
    for (int i = 0; i < 2; ++i) CHECK_FALSE(f.log_in("ada", address));
    CHECK(f.log_in("ada", address) == spent);
    CHECK_FALSE(f.log_in("bob", address));
  }
}

TEST_CASE("however small the quota, each address has a login left", "[rate_limit]") {
  stay_within_a_window();
  rate_limit_fixture f({.logins = 1});
  for (int i = 0; i < 10; ++i) CHECK_FALSE(f.log_in("ada", "192.0.2.1"));
  CHECK_FALSE(f.log_in("ada", "192.0.2.2"));
  CHECK(f.log_in("ada", "192.0.2.2") == spent);
}

TEST_CASE("names that strangers make up take no more room than there are numbers for names", "[rate_limit]") {
  rate_limit_fixture f({.logins = 20});
  CHECK(f.limiter.subjects() == 0);
  for (int i = 0; i < 200'000; ++i) f.log_in("nobody_" + std::to_string(i), "192.0.2.1");
  CHECK(f.limiter.subjects() <= quota_subject::names);
  CHECK(f.limiter.subjects() > quota_subject::names / 2);  // they are spread
}

TEST_CASE("clients are told their quota", "[rate_limit]") {
  stay_within_a_window();
  rate_limit_fixture f({.writes = 600});
  const auto lines = f.post("192.0.2.1");
  const std::string head = "RateLimit-Policy: \"writes\";q=600;w=60\r\nRateLimit: \"writes\";r=599;t=";
  REQUIRE(lines.starts_with(head));
  const auto reset = lines.substr(head.size());
  CHECK(reset.ends_with("\r\n"));
  CHECK(std::stoi(reset) >= 1);
  CHECK(std::stoi(reset) <= 60);
}

TEST_CASE("reads are counted when their cost is known, and refused from then on", "[rate_limit]") {
  stay_within_a_window();
  rate_limit_fixture f({.reads = 10});
  const auto read = [&](const request& r) {
    return refusal([&] { (void)f.limiter.apply(r, limited_by(quota::reads)); });
  };
  const auto alice = from("192.0.2.1");
  auto stranger = alice;
  stranger.viewer.reset();
  CHECK(f.limiter.apply(alice, limited_by(quota::reads)).empty());
  for (int i = 0; i < 20; ++i) CHECK(read(alice) == std::nullopt);
  f.limiter.charge_reads(alice, 0);
  f.limiter.charge_reads(alice, 9);
  CHECK(read(alice) == std::nullopt);
  f.limiter.charge_reads(alice, 500);
  CHECK(read(alice) == spent);
  CHECK(read(from("192.0.2.1", 8)) == std::nullopt);
  CHECK(read(stranger) == std::nullopt);
  f.limiter.charge_reads(stranger, 10);
  CHECK(read(stranger) == spent);
  CHECK(remaining(f.post("192.0.2.1")) > 0);
}

}  // namespace linnet::http
