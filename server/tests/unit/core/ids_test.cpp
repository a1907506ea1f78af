#include "core/ids.hpp"

#include <algorithm>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

namespace linnet {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr timestamp start_of_2026 = sys_days(2026y / January / 1);

timestamp fake_time;  // of fake_clock, set by each test that uses it
timestamp fake_clock() {
  return fake_time;
}

}  // namespace

TEST_CASE("ids are read as decimals of 1 to 2^63-1", "[ids]") {
  CHECK(parse_id("1") == 1);
  CHECK(parse_id("9") == 9);
  CHECK(parse_id("10") == 10);
  CHECK(parse_id("9007199254740993") == 9'007'199'254'740'993);  // 2^53 + 1
  CHECK(parse_id("9223372036854775807") == INT64_MAX);
}

TEST_CASE("nothing else is read as an id", "[ids]") {
  const auto text = GENERATE(values<std::string_view>({"",
                                                       "0",
                                                       "00",
                                                       "01",
                                                       "-1",
                                                       "-0",
                                                       "+1",
                                                       " 1",
                                                       "1 ",
                                                       "1\n",
                                                       "1.0",
                                                       "1e3",
                                                       "0x1",
                                                       "1_000",
                                                       "1,000",
                                                       "abc",
                                                       "1a",
                                                       "a1",
                                                       "NaN",
                                                       "9223372036854775808",
                                                       "18446744073709551617",
                                                       "99999999999999999999999999999999",
                                                       "１",
                                                       "١",
                                                       std::string_view("1\0", 2),
                                                       std::string_view("\0", 1)}));
  INFO(text);
  CHECK_FALSE(parse_id(text));
}

TEST_CASE("ids are read back as they were written", "[ids]") {
  std::mt19937_64 random(1);
  int wrong = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = static_cast<std::int64_t>(random() >> (1 + i % 62)) + 1;
    wrong += parse_id(std::to_string(id)) != id;
  }
  CHECK(wrong == 0);
}

TEST_CASE("an id holds milliseconds since 2026, node and sequence", "[ids]") {
  fake_time = start_of_2026 + 5ms + 999us;
  id_generator ids(3, fake_clock);
  CHECK(ids.next().id == (5LL << 22 | 3 << 12 | 0));
  CHECK(ids.next().id == (5LL << 22 | 3 << 12 | 1));
  fake_time = start_of_2026 + 6ms;
  const auto [id, at] = ids.next();
  CHECK(id == (6LL << 22 | 3 << 12 | 0));
  CHECK(at == start_of_2026 + 6ms);
}

TEST_CASE("ids of the last millisecond and node are positive", "[ids]") {
  fake_time = start_of_2026 + milliseconds((1LL << 41) - 1);
  id_generator ids(id_generator::max_node, fake_clock);
  CHECK(ids.next().id == INT64_MAX - 4095);
}

TEST_CASE("ids are at least 1 even where the clock is before 2026", "[ids]") {
  fake_time = timestamp{};
  id_generator ids(0, fake_clock);
  CHECK(ids.next().id == 1);
  CHECK(ids.next().id == 2);
}

TEST_CASE("ids increase while the clock steps back", "[ids]") {
  fake_time = start_of_2026 + 24h;
  id_generator ids(7, fake_clock);
  const auto before = ids.next();
  fake_time -= 1h;
  const auto back = ids.next();
  CHECK(back.id > before.id);
  CHECK(back.at >= before.at);
  fake_time += 2h;
  CHECK(ids.next().at == fake_time);
}

TEST_CASE("more ids than a millisecond holds run ahead of the clock", "[ids]") {
  fake_time = start_of_2026 + 1ms;
  id_generator ids(1023, fake_clock);
  auto last = ids.next();
  int wrong = 0;
  for (int i = 1; i < 10'000; ++i) {
    const auto next = ids.next();
    wrong += next.id <= last.id || next.at < last.at || next.at != time_of_id(next.id);
    wrong += (next.id >> 12 & 1023) != 1023;
    last = next;
  }
  CHECK(wrong == 0);
  CHECK(last.at == start_of_2026 + 3ms);
}

TEST_CASE("ids of several nodes order as their times do, and differ", "[ids]") {
  fake_time = start_of_2026 + 1s;
  std::vector<id_generator::stamp> stamps;
  id_generator one(0, fake_clock);
  id_generator two(512, fake_clock);
  id_generator three(1023, fake_clock);
  std::mt19937 random(1);
  for (int i = 0; i < 3'000; ++i) {
    fake_time += microseconds(random() % 1'500);
    for (auto* ids : {&one, &two, &three}) stamps.push_back(ids->next());
  }
  std::ranges::sort(stamps, {}, &id_generator::stamp::id);
  CHECK(std::ranges::is_sorted(stamps, {}, &id_generator::stamp::at));
  CHECK(std::ranges::adjacent_find(stamps, {}, &id_generator::stamp::id) == stamps.end());
}

TEST_CASE("threads that share a generator never get an id twice", "[ids]") {
  constexpr std::size_t thread_count = 4;
  constexpr std::size_t count = 20'000;
  id_generator ids(42);
  std::vector<std::vector<std::int64_t>> made(thread_count);
  std::vector<std::thread> threads;
  for (auto& own : made)
    threads.emplace_back([&ids, &own] {
      while (own.size() < count) own.push_back(ids.next().id);
    });
  for (auto& thread : threads) thread.join();

  std::vector<std::int64_t> all;
  for (const auto& own : made) {
    CHECK(std::ranges::is_sorted(own));
    all.insert(all.end(), own.begin(), own.end());
  }
  std::ranges::sort(all);
  CHECK(std::ranges::adjacent_find(all) == all.end());
  CHECK(all.size() == thread_count * count);
}

TEST_CASE("ids carry the time that they were made at", "[ids]") {
  id_generator ids(0);
  const auto before = floor<milliseconds>(now());
  const auto stamp = ids.next();
  const auto after = now();
  CHECK(stamp.at == time_of_id(stamp.id));
  CHECK(before <= stamp.at);
  CHECK(stamp.at <= after);
}

TEST_CASE("a node out of range is refused", "[ids]") {
  CHECK_THROWS_AS(id_generator(-1), std::invalid_argument);
  CHECK_THROWS_AS(id_generator(1024), std::invalid_argument);
  CHECK_NOTHROW(id_generator(0));
  CHECK_NOTHROW(id_generator(1023));
}

}  // namespace linnet
