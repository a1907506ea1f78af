#include "core/time.hpp"

#include <ctime>
#include <random>

#include <catch2/catch.hpp>

namespace linnet {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr std::int64_t first_of_year_0 = -62'167'219'200'000'000;
constexpr std::int64_t last_of_year_9999 = 253'402'300'799'999'999;

// The C library's calendar, to check ours against.
std::string strftime_utc(const char* format, timestamp time) {
  const std::time_t seconds = floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char buffer[64];
  return {buffer, std::strftime(buffer, sizeof buffer, format, &parts)};
}

}  // namespace

TEST_CASE("times are written as RFC 3339 with microseconds", "[time]") {
  const timestamp time = sys_days(2026y / January / 31) + 9h + 30min + 123'456us;
  CHECK(to_rfc3339(time) == "2026-01-31T09:30:00.123456Z");
  CHECK(to_rfc3339(from_unix_micros(0)) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(from_unix_micros(1)) == "1970-01-01T00:00:00.000001Z");
  CHECK(to_rfc3339(from_unix_micros(-1)) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_rfc3339(sys_days(2024y / February / 29) + 23h + 59min + 59s) == "2024-02-29T23:59:59.000000Z");
  CHECK(to_rfc3339(sys_days(2100y / March / 1) - 1us) == "2100-02-28T23:59:59.999999Z");
  CHECK(to_rfc3339(from_unix_micros(first_of_year_0)) == "0000-01-01T00:00:00.000000Z");
  CHECK(to_rfc3339(from_unix_micros(last_of_year_9999)) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("appending a time keeps what is there", "[time]") {
  std::string out = "\"";
  append_rfc3339(out, from_unix_micros(0));
  out += '"';
  CHECK(out == "\"1970-01-01T00:00:00.000000Z\"");
}

TEST_CASE("HTTP dates are IMF-fixdate, cut to the second", "[time]") {
  CHECK(to_http_date(sys_days(1994y / November / 6) + 8h + 49min + 37s) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(to_http_date(sys_days(2026y / January / 31) + 9h + 30min + 999'999us) ==
        "Sat, 31 Jan 2026 09:30:00 GMT");
  CHECK(to_http_date(from_unix_micros(-1)) == "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST_CASE("every day of 400 years is written as the C library writes it", "[time]") {
  int wrong = 0;
  for (sys_days day = 1900y / January / 1; day < sys_days(2300y / January / 1); day += days(1)) {
    const timestamp time = day + 13h + 7min + 59s + 42us;
    wrong += to_http_date(time) != strftime_utc("%a, %d %b %Y %H:%M:%S GMT", time);
    wrong += to_rfc3339(time) != strftime_utc("%Y-%m-%dT%H:%M:%S.000042Z", time);
  }
  CHECK(wrong == 0);
}

TEST_CASE("written times sort as the times do", "[time]") {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> micros(first_of_year_0, last_of_year_9999);
  int wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto one = from_unix_micros(micros(random));
    const auto other = from_unix_micros(micros(random));
    wrong += (one < other) != (to_rfc3339(one) < to_rfc3339(other));
    wrong += to_rfc3339(one).size() != 27;
  }
  CHECK(wrong == 0);
}

TEST_CASE("microseconds since 1970 go both ways", "[time]") {
  const auto micros = GENERATE(values<std::int64_t>({0, 1, -1, 1'769'851'800'123'456, INT64_MIN, INT64_MAX}));
  CHECK(to_unix_micros(from_unix_micros(micros)) == micros);
  CHECK(to_unix_micros(sys_days(1970y / January / 2)) == 86'400'000'000);
}

TEST_CASE("now is the system's time", "[time]") {
  const auto before = floor<microseconds>(system_clock::now());
  const auto time = now();
  const auto after = system_clock::now();
  CHECK(before <= time);
  CHECK(time <= after);
}

}  // namespace linnet
