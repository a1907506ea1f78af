#include "storage/local_cache.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/local_cache_fixture.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::test_loop;
using namespace std::chrono_literals;
using state = local_cache::state;

}  // namespace

TEST_CASE("the first who misses leads, others join, then all hit", "[local_cache]") {
  local_cache_fixture f;
  test_loop loop;
  const auto led = acquire(f.cache, some_key);
  CHECK(led.what == state::lead);
  const auto joined = acquire(f.cache, some_key);
  CHECK(joined.what == state::join);
  CHECK(joined.flying == led.flying);
  CHECK(acquire(f.cache, cache_key::user(2)).what == state::lead);

  const auto one = loop.start(join(loop.waits, f.cache, some_key, joined.flying));
  const auto two = loop.start(join(loop.waits, f.cache, some_key, joined.flying));
  loop.run_for(10ms);
  CHECK_FALSE(one->done);
  f.cache.land(some_key, led.flying, number(7));
  loop.until([&] { return one->done && two->done; });
  CHECK(number_of(*one->get()) == 7);
  CHECK(number_of(*two->get()) == 7);

  const auto hit = acquire(f.cache, some_key);
  CHECK(hit.what == state::hit);
  CHECK(number_of(hit.found) == 7);
  CHECK(f.metrics.hits.value() == 1);
  CHECK(f.metrics.misses.value() == 2);
  CHECK(f.metrics.joins.value() == 1);
}

TEST_CASE("a known absence is a hit", "[local_cache]") {
  local_cache_fixture f;
  f.cache.land(some_key, acquire(f.cache, some_key).flying, nullptr);
  const auto found = acquire(f.cache, some_key);
  CHECK(found.what == state::hit);
  CHECK(found.found == nullptr);
}

TEST_CASE("those who joined a flight that failed ask again", "[local_cache]") {
  local_cache_fixture f;
  test_loop loop;
  const auto led = acquire(f.cache, some_key);
  const auto waiting = loop.start(join(loop.waits, f.cache, some_key, led.flying));
  loop.run_for(10ms);
  f.cache.abandon(some_key, led.flying);
  loop.until([&] { return waiting->done; });
  CHECK(waiting->get() == std::nullopt);
  CHECK(acquire(f.cache, some_key).what == state::lead);
}

TEST_CASE("who joins a flight that has landed asks again", "[local_cache]") {
  local_cache_fixture f;
  test_loop loop;
  const auto led = acquire(f.cache, some_key);
  f.cache.land(some_key, led.flying, number(7));
  CHECK(loop.run(join(loop.waits, f.cache, some_key, led.flying)) == std::nullopt);
}

TEST_CASE("an invalidation drops the value", "[local_cache]") {
  local_cache_fixture f;
  fill(f.cache, some_key, 7);
  fill(f.cache, cache_key::user(2), 8);
  f.cache.invalidate(some_key);
  CHECK(acquire(f.cache, some_key).what == state::lead);
  CHECK(acquire(f.cache, cache_key::user(2)).what == state::hit);
  f.cache.invalidate(cache_key::user(3));
  CHECK(f.cache.size() == 2);
}

TEST_CASE("a write that tells its result replaces what is held", "[local_cache]") {
  local_cache_fixture f;
  fill(f.cache, some_key, 7);
  const auto later = waiter::clock::now() + 1s;
  f.cache.update(some_key, later, [](const local_cache::value& held, bool older) {
    CHECK(older);
    return number(number_of(held) + 1);
  });
  const auto found = acquire(f.cache, some_key);
  CHECK(found.what == state::hit);
  CHECK(number_of(found.found) == 8);
}

TEST_CASE("a write is told whether the value was held before it", "[local_cache]") {
  local_cache_fixture f;
  const auto before = waiter::clock::now() - 1s;
  fill(f.cache, some_key, 7);
  f.cache.update(some_key, before, [](const local_cache::value&, bool older) -> local_cache::value {
    CHECK_FALSE(older);
    return nullptr;
  });
  CHECK(acquire(f.cache, some_key).what == state::lead);
}

TEST_CASE("a write finds nothing to replace in a known absence, or where nothing is held", "[local_cache]") {
  local_cache_fixture f;
  const local_cache::change never = [](const local_cache::value&, bool) -> local_cache::value {
    FAIL("nothing was held");
    return nullptr;
  };
  f.cache.update(some_key, waiter::clock::now(), never);
  CHECK(f.cache.size() == 0);
  f.cache.land(some_key, acquire(f.cache, some_key).flying, nullptr);
  f.cache.update(some_key, waiter::clock::now(), never);
  CHECK(acquire(f.cache, some_key).what == state::lead);
}

TEST_CASE("a write voids the flight of what it changed", "[local_cache]") {
  local_cache_fixture f;
  const auto before = acquire(f.cache, some_key);
  f.cache.update(some_key, waiter::clock::now(), [](const local_cache::value& held, bool) { return held; });
  const auto after = acquire(f.cache, some_key);
  CHECK(after.what == state::lead);
  f.cache.land(some_key, before.flying, number(1));
  CHECK(acquire(f.cache, some_key).what == state::join);
  f.cache.land(some_key, after.flying, number(2));
}

TEST_CASE("an invalidation voids the flight: its value goes to those before, and is not kept",
          "[local_cache]") {
  local_cache_fixture f;
  test_loop loop;
  const auto before = acquire(f.cache, some_key);
  const auto waiting = loop.start(join(loop.waits, f.cache, some_key, before.flying));
  loop.run_for(10ms);
  f.cache.invalidate(some_key);

  const auto after = acquire(f.cache, some_key);
  CHECK(after.what == state::lead);
  CHECK(after.flying != before.flying);
  CHECK(loop.run(join(loop.waits, f.cache, some_key, before.flying)) == std::nullopt);

  f.cache.land(some_key, before.flying, number(1));
  loop.until([&] { return waiting->done; });
  CHECK(number_of(*waiting->get()) == 1);
  CHECK(acquire(f.cache, some_key).what == state::join);

  f.cache.land(some_key, after.flying, number(2));
  CHECK(number_of(acquire(f.cache, some_key).found) == 2);
  f.cache.abandon(some_key, before.flying);
  CHECK(number_of(acquire(f.cache, some_key).found) == 2);
}

TEST_CASE("values stay for a second, or for long while this server is told of changes", "[local_cache]") {
  local_cache_fixture f;
  f.options = {.ttl = 30ms, .told_ttl = 3600s};
  fill(f.cache, some_key, 7);
  CHECK(acquire(f.cache, some_key).what == state::hit);
  std::this_thread::sleep_for(40ms);
  f.cache.told_until(local_cache::clock::now() + 1h);
  CHECK(f.cache.is_told(local_cache::clock::now()));
  CHECK(acquire(f.cache, some_key).what == state::hit);
  f.cache.told_until(local_cache::clock::now());
  CHECK_FALSE(f.cache.is_told(local_cache::clock::now()));
  CHECK(acquire(f.cache, some_key).what == state::lead);
  CHECK(acquire(f.cache, some_key).what == state::join);
}

TEST_CASE("an absence, and a value that was old when it came, do not stay for long", "[local_cache]") {
  local_cache_fixture f;
  f.options = {.ttl = 1ms, .told_ttl = 3600s};
  f.cache.told_until(local_cache::clock::now() + 1h);
  f.cache.land(some_key, acquire(f.cache, some_key).flying, nullptr);
  const auto old = cache_key::user(2);
  f.cache.land(old, acquire(f.cache, old).flying, number(1), local_cache::clock::now() + 1ms);
  std::this_thread::sleep_for(5ms);
  CHECK(acquire(f.cache, some_key).what == state::lead);
  CHECK(acquire(f.cache, old).what == state::lead);
}

TEST_CASE("what changed elsewhere is dropped, and remembered for a while", "[local_cache]") {
  local_cache_fixture f;
  fill(f.cache, some_key, 7);
  CHECK_FALSE(f.cache.changed_lately(some_key));
  f.cache.invalidate_told(some_key);
  CHECK(acquire(f.cache, some_key).what == state::lead);
  CHECK(f.cache.changed_lately(some_key));
  CHECK_FALSE(f.cache.changed_lately(cache_key::user(2)));
  f.cache.invalidate(cache_key::user(3));
  CHECK_FALSE(f.cache.changed_lately(cache_key::user(3)));
}

TEST_CASE("who records learns when what was read came here, or a write told it", "[local_cache]") {
  local_cache_fixture f;
  const auto landed = [&] {
    recording r;
    CHECK(f.cache.acquire(some_key).what == state::hit);
    return r.landed();
  };
  fill(f.cache, some_key, 7);
  const auto filled = local_cache::clock::now();
  CHECK(landed() <= filled);
  f.cache.update(some_key, local_cache::clock::now(), [](const auto&, bool) { return number(8); });
  CHECK(landed() >= filled);
  CHECK(landed() <= local_cache::clock::now());
}

TEST_CASE("who records learns when what was read is no longer current", "[local_cache]") {
  local_cache_fixture f;
  const auto parts_of = [&](auto read) {
    recording r;
    read();
    return r.is_whole() ? r.take_parts() : std::vector<std::shared_ptr<const currency>>();
  };
  const auto read = [&] { CHECK(f.cache.acquire(some_key).what == state::hit); };
  CHECK(parts_of([&] { fill(f.cache, some_key, 7); }).empty());
  for (const auto& change : std::vector<std::function<void()>>{
           [&] { f.cache.invalidate(some_key); },
           [&] { f.cache.invalidate_told(some_key); },
           [&] { f.cache.invalidate_all(); },
           [&] { f.cache.update(some_key, {}, [](const auto&, bool) { return number(8); }); },
       }) {
    const auto parts = parts_of(read);
    REQUIRE(parts.size() == 1);
    CHECK(parts_of(read) == parts);
    f.cache.invalidate(cache_key::user(2));
    CHECK(parts.front()->holds());
    change();
    CHECK_FALSE(parts.front()->holds());
    if (f.cache.acquire(some_key).what != state::hit) {
      f.cache.invalidate(some_key);
      fill(f.cache, some_key, 7);
    }
  }
  f.options.max_entries = 64;
  const auto parts = parts_of(read);
  for (int i = 10; i < 5'000; ++i) fill(f.cache, cache_key::user(i), i);
  CHECK_FALSE(parts.front()->holds());  // made room
}

TEST_CASE("the number of entries is bounded, the newest are kept", "[local_cache]") {
  local_cache_fixture f;
  f.options.max_entries = 640;
  for (int i = 1; i <= 20'000; ++i) fill(f.cache, cache_key::user(i), i);
  CHECK(f.cache.size() <= 640 + 64);
  CHECK(f.cache.size() >= 600);
  int kept = 0;
  for (int i = 19'900; i <= 20'000; ++i) kept += acquire(f.cache, cache_key::user(i)).what == state::hit;
  CHECK(kept >= 95);
  CHECK(acquire(f.cache, cache_key::user(1)).what == state::lead);
}

TEST_CASE("many asked for at once get what each would get alone", "[local_cache]") {
  local_cache_fixture f;
  const auto hit = cache_key::user(1);
  const auto flown = cache_key::tweet(2);
  const auto fresh = cache_key::user(3);
  const auto seen = cache_key::tweet(4);
  fill(f.cache, hit, 7);
  const auto led = acquire(f.cache, flown);
  f.cache.admits(seen);
  const auto hits = f.metrics.hits.value();
  const std::vector<cache_key> keys{hit, flown, fresh, seen, hit, seen};
  const auto found = f.cache.acquire(keys);
  REQUIRE(found.size() == keys.size());
  CHECK(found[0].what == state::hit);
  CHECK(number_of(found[0].found) == 7);
  CHECK(found[1].what == state::join);
  CHECK(found[1].flying == led.flying);
  CHECK(found[2].what == state::pass);
  CHECK(found[3].what == state::lead);
  CHECK(found[4].what == state::hit);
  CHECK(found[5].what == state::join);
  CHECK(found[5].flying == found[3].flying);
  CHECK(f.metrics.hits.value() == hits + 2);
  CHECK(f.cache.acquire(std::span<const cache_key>()).empty());
}

}  // namespace linnet::storage
