#include <catch2/catch.hpp>

#include "storage/local_cache.hpp"
#include "tests/unit/support/local_cache_fixture.hpp"

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;
using state = local_cache::state;

}  // namespace

TEST_CASE("a key is kept from the second time on that it is asked for", "[local_cache]") {
  local_cache_fixture f;
  CHECK(f.cache.acquire(some_key).what == state::pass);
  CHECK(f.cache.size() == 0);
  CHECK(f.cache.admits(some_key));
  CHECK(f.cache.acquire(some_key).what == state::lead);
  CHECK(f.cache.acquire(some_key).what == state::join);
  CHECK_FALSE(f.cache.admits(cache_key::user(2)));
  CHECK(f.cache.acquire(cache_key::user(2)).what == state::lead);
  CHECK(f.metrics.passes.value() == 2);
}

TEST_CASE("keys that are asked for together, as those of a page, don't make each other forgotten",
          "[local_cache]") {
  local_cache_fixture f;
  int passed = 0;
  for (int page = 0; page < 2'000; ++page) {
    for (int i = 1; i <= 20; ++i) f.cache.admits(cache_key::user(page * 20 + i));
    for (int i = 1; i <= 20; ++i) passed += !f.cache.admits(cache_key::user(page * 20 + i));
  }
  CHECK(passed == 0);
}

TEST_CASE("a scan leaves nothing behind", "[local_cache]") {
  local_cache_fixture f;
  int passed = 0;
  for (int i = 1; i <= 3'000'000; ++i) passed += f.cache.acquire(cache_key::user(i)).what == state::pass;
  CHECK(passed == 3'000'000);
  CHECK(f.cache.size() == 0);
  CHECK_FALSE(f.cache.admits(cache_key::user(1)));  // forgotten meanwhile
}

TEST_CASE("what was read in passing is kept while there is room, unless it was changed meanwhile",
          "[local_cache]") {
  local_cache_fixture f;
  const auto before = f.cache.now();
  CHECK(f.cache.acquire(some_key).what == state::pass);
  f.cache.offer(some_key, number(1), before);
  CHECK(number_of(f.cache.acquire(some_key).found) == 1);
  f.cache.offer(some_key, number(2), f.cache.now());  // somebody was faster
  CHECK(number_of(f.cache.acquire(some_key).found) == 1);

  const auto other = cache_key::user(2);
  const std::function<void()> others[] = {
      [&] { f.cache.invalidate(other); },
      [&] { f.cache.invalidate_told(other); },
      [&] { f.cache.invalidate_all(); },
      [&] { f.cache.update(other, {}, [](const auto& held, bool) { return held; }); },
  };
  for (const auto& change : others) {
    const auto early = f.cache.now();
    change();
    f.cache.offer(other, number(3), early);
    CHECK(f.cache.size() == 1);
  }
  f.cache.offer(other, number(4), f.cache.now());
  CHECK(number_of(f.cache.acquire(other).found) == 4);
  f.cache.invalidate(other);
  CHECK(f.cache.acquire(other).what == state::lead);
}

TEST_CASE("what was read in passing drives nothing out", "[local_cache]") {
  local_cache_options options{.max_entries = 6400, .ttl = std::chrono::hours(1)};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
  fill(cache, some_key, 1);
  for (int i = 2; i <= 100'000; ++i) cache.offer(cache_key::user(i), number(i), cache.now());
  CHECK(cache.size() == 6400);
  CHECK(number_of(cache.acquire(some_key).found) == 1);
}

TEST_CASE("when memory is full, what was read in passing and not asked for since goes first",
          "[local_cache]") {
  local_cache_options options{.max_entries = 6400, .ttl = std::chrono::hours(1)};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
  for (int i = 1; i <= 3'000; ++i) fill(cache, cache_key::user(i), i);
  for (int i = 3'001; i <= 10'000; ++i) cache.offer(cache_key::user(i), number(i), cache.now());
  const auto asked_for = cache_key::user(3'001);
  REQUIRE(cache.acquire(asked_for).what == state::hit);
  for (int i = 1; i <= 1'000; ++i) fill(cache, cache_key::tweet(i), i);
  int gone = 0;
  for (int i = 1; i <= 3'001; ++i) gone += cache.acquire(cache_key::user(i)).what != state::hit;
  CHECK(gone == 0);
}

TEST_CASE("what was read in passing is hot once it was asked for again", "[local_cache]") {
  local_cache_fixture f;
  const auto unasked = cache_key::user(2);
  f.cache.offer(some_key, number(1), f.cache.now());
  f.cache.offer(unasked, number(2), f.cache.now());
  CHECK(f.cache.acquire(some_key).what == state::hit);
  f.cache.invalidate_all();
  CHECK(f.cache.acquire(some_key).hot);
  CHECK_FALSE(f.cache.acquire(unasked).hot);
}

TEST_CASE("what was found lately, or was held before, is hot; what others came between is not",
          "[local_cache]") {
  local_cache_options options{.max_entries = 6400, .ttl = std::chrono::hours(1)};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
  for (int i = 1; i <= 10'000; ++i) fill(cache, cache_key::relation(i, i), i);  // there is no room
  const auto find = [&](const cache_key& key) {
    CHECK(cache.acquire(key).what == state::pass);
    cache.offer(key, number(1), cache.now());
  };
  find(some_key);
  CHECK(cache.acquire(some_key).hot);
  const auto page = cache_key::first_page(list_kind::user_tweets, 7);
  CHECK_FALSE(cache.admits(page));
  cache.offer(page, number(1), cache.now());
  CHECK(cache.admits(page));
  CHECK(cache.acquire(page).hot);
  const auto lukewarm = cache_key::tweet(7);
  find(lukewarm);
  for (int i = 1; i <= 200'000; ++i) find(cache_key::user(100 + i));
  const auto again = cache.acquire(lukewarm);
  CHECK(again.what == state::lead);
  CHECK_FALSE(again.hot);
  cache.land(lukewarm, again.flying, number(1));
  CHECK(cache.acquire(lukewarm).what == state::hit);
  cache.invalidate(lukewarm);
  CHECK(cache.acquire(lukewarm).hot);
}

TEST_CASE("what was read along with something else is not taken for found", "[local_cache]") {
  local_cache_options options{.max_entries = 64};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
  for (int i = 1; i <= 1'000; ++i) fill(cache, cache_key::tweet(i), i);
  cache.offer(some_key, number(1), cache.now());
  CHECK(cache.acquire(some_key).what == state::pass);
}

TEST_CASE("sessions are admitted at once, and stay", "[local_cache]") {
  local_cache_options options{.max_entries = 6400, .ttl = 1ms};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
  const auto known = cache_key::session(std::string(32, '\1'));
  const auto asked = cache.acquire(known);
  REQUIRE(asked.what == state::lead);
  cache.land(known, asked.flying, number(7));
  fill(cache, some_key, 8);
  std::this_thread::sleep_for(5ms);
  CHECK(cache.acquire(known).what == state::hit);
  CHECK(cache.acquire(some_key).what == state::lead);
  cache.invalidate_all();
  CHECK(cache.acquire(known).what == state::lead);
}

}  // namespace linnet::storage
