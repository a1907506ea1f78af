#include <cstring>

#include <catch2/catch.hpp>

#include "tests/unit/support/local_cache_fixture.hpp"

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;
using state = local_cache::state;

struct full_cache {
  full_cache() {
    for (int i = 1; i <= real; ++i) fill(cache, cache_key::user(i), i);
  }
  int hits() {
    int found = 0;
    for (int i = 1; i <= real; ++i) found += cache.acquire(cache_key::user(i)).what == state::hit;
    return found;
  }
  static constexpr int real = 50'000;
  static constexpr std::size_t absences = 6400 / 64;
  local_cache_options options{.max_entries = 6400, .ttl = std::chrono::hours(1)};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
};

cache_key made_up_token(int n) {
  std::string hash(32, '\0');
  std::memcpy(hash.data(), &n, sizeof n);
  return cache_key::session(hash);
}

// As read_through does for somebody who asks. Asked millions of times, so no CHECK each time.
void ask_in_vain(local_cache& cache, const cache_key& key) {
  const auto asked = cache.acquire(key);
  if (asked.what == state::join || asked.hot) FAIL("what does not exist is joined, or hot");
  if (asked.what == state::lead) cache.land(key, asked.flying, nullptr);
}

}  // namespace

TEST_CASE("what does not exist drives out nothing that does, however often it is asked for",
          "[local_cache]") {
  full_cache f;
  const int hits = f.hits();
  CHECK(hits > 6'000);
  CHECK(f.cache.size() == 6400);
  for (int n = 1; n <= 100'000; ++n) {
    for (int again = 0; again < 4; ++again) {
      ask_in_vain(f.cache, made_up_token(n));
      ask_in_vain(f.cache, cache_key::tweet(n));
      ask_in_vain(f.cache, cache_key::relation(n, n));
    }
  }
  CHECK(f.cache.size() <= 6400 + full_cache::absences);
  CHECK(f.hits() == hits);
}

TEST_CASE("who asked for what does not exist changes nothing for those who ask for what was found",
          "[local_cache]") {
  full_cache f;
  const auto wanted = cache_key::tweet(1'000'000);
  CHECK(f.cache.acquire(wanted).what == state::pass);
  f.cache.offer(wanted, number(1), f.cache.now());
  for (int n = 1; n <= 100'000; ++n) ask_in_vain(f.cache, cache_key::tweet(n));
  const auto again = f.cache.acquire(wanted);
  CHECK(again.what == state::lead);
  CHECK(again.hot);
}

TEST_CASE("what is asked for again and does not exist is known for a while, then read again by one",
          "[local_cache]") {
  local_cache_fixture f;
  const auto a_while = f.options.ttl;
  for (const auto& key : {some_key, cache_key::tweet(1)}) {
    ask_in_vain(f.cache, key);
    ask_in_vain(f.cache, key);
    const auto known = f.cache.acquire(key);
    CHECK(known.what == state::hit);
    CHECK(known.found == nullptr);
    f.options.ttl = 0ms;  // it is over
    const auto led = f.cache.acquire(key);
    CHECK(led.what == state::lead);
    CHECK(f.cache.acquire(key).what == state::join);
    f.options.ttl = a_while;
    f.cache.land(key, led.flying, nullptr);
    CHECK(f.cache.acquire(key).what == state::hit);
  }
  CHECK(f.cache.size() == 2);
}

TEST_CASE("a token nobody issued is known to be none from the second time on", "[local_cache]") {
  local_cache_fixture f;
  const auto led = f.cache.acquire(made_up_token(1));
  REQUIRE(led.what == state::lead);
  CHECK(f.cache.acquire(made_up_token(1)).what == state::join);
  f.cache.land(made_up_token(1), led.flying, nullptr);
  CHECK(f.cache.size() == 0);
  ask_in_vain(f.cache, made_up_token(1));
  CHECK(f.cache.size() == 1);
  CHECK(f.cache.acquire(made_up_token(1)).what == state::hit);
}

TEST_CASE("what comes to be is no longer known not to exist", "[local_cache]") {
  local_cache_fixture f;
  const std::function<void()> ways_to_be[] = {
      [&] { f.cache.invalidate(some_key); },
      [&] { f.cache.invalidate_told(some_key); },
      [&] { f.cache.invalidate_all(); },
      [&] { f.cache.update(some_key, {}, [](const auto& held, bool) { return held; }); },
  };
  for (const auto& change : ways_to_be) {
    const auto known_absent = [&] { return f.cache.acquire(some_key).what == state::hit; };
    ask_in_vain(f.cache, some_key);
    ask_in_vain(f.cache, some_key);
    recording r;
    CHECK(known_absent());
    const auto parts = r.take_parts();
    REQUIRE(parts.size() == 1);
    CHECK(parts.front()->holds());
    change();
    CHECK_FALSE(parts.front()->holds());
    const auto led = f.cache.acquire(some_key);
    REQUIRE(led.what == state::lead);
    change();
    f.cache.land(some_key, led.flying, nullptr);  // read before the change
    CHECK_FALSE(known_absent());
    f.cache.invalidate(some_key);
  }
  fill(f.cache, some_key, 7);
  CHECK(f.cache.size() == 1);
}

TEST_CASE("what is gone leaves its place", "[local_cache]") {
  local_cache_fixture f;
  fill(f.cache, some_key, 7);
  f.cache.invalidate(some_key);
  const auto led = f.cache.acquire(some_key);
  REQUIRE(led.what == state::lead);
  CHECK(led.hot);
  f.cache.land(some_key, led.flying, nullptr);
  CHECK(f.cache.size() == 1);  // known not to exist
  CHECK(f.cache.acquire(some_key).what == state::hit);
  f.cache.offer(some_key, number(8), f.cache.now());
  CHECK(number_of(f.cache.acquire(some_key).found) == 8);
  CHECK(f.cache.size() == 1);
}

TEST_CASE("what was read in passing does not overtake a flight", "[local_cache]") {
  local_cache_fixture f;
  const auto led = acquire(f.cache, some_key);
  f.cache.offer(some_key, number(1), f.cache.now());
  CHECK(f.cache.acquire(some_key).what == state::join);
  f.cache.land(some_key, led.flying, number(2));
  CHECK(number_of(f.cache.acquire(some_key).found) == 2);
}

TEST_CASE("a flight that failed leaves nothing", "[local_cache]") {
  local_cache_fixture f;
  for (int i = 1; i <= 1'000; ++i) {
    const auto led = acquire(f.cache, cache_key::user(i));
    f.cache.abandon(cache_key::user(i), led.flying);
  }
  CHECK(f.cache.size() == 0);
}

}  // namespace linnet::storage
