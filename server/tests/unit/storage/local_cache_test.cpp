#include "storage/local_cache.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::test_loop;
using namespace std::chrono_literals;
using state = local_cache::state;

const cache_key key = cache_key::user(1);

struct fixture {
  local_cache_options options{.max_entries = 200'000, .ttl = 1h};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
};

local_cache::value number(int n) {
  return std::make_shared<const int>(n);
}
int number_of(const local_cache::value& v) {
  return *std::static_pointer_cast<const int>(v);
}

awaitable<local_cache::landing> join(deadlines& d, local_cache& cache, cache_key name,
                                     std::shared_ptr<local_cache::flight> flying) {
  auto start = [&cache, name,
                flying = std::move(flying)](std::shared_ptr<ticket<local_cache::landing>> left) {
    cache.join(flying, name, std::move(left));
  };
  return d.wait<local_cache::landing>(std::move(start));
}

// As one who asks for a key that was asked for before.
local_cache::lookup acquire(local_cache& cache, const cache_key& name) {
  cache.admits(name);
  return cache.acquire(name);
}

void fill(local_cache& cache, const cache_key& name, int n) {
  const auto found = acquire(cache, name);
  REQUIRE(found.what == state::lead);
  cache.land(name, found.flying, number(n));
}

}  // namespace

TEST_CASE("a key is kept from the second time on that it is asked for", "[local_cache]") {
  fixture f;
  CHECK(f.cache.acquire(key).what == state::pass);
  CHECK(f.cache.size() == 0);
  CHECK(f.cache.admits(key));
  CHECK(f.cache.acquire(key).what == state::lead);
  CHECK(f.cache.acquire(key).what == state::join);
  CHECK_FALSE(f.cache.admits(cache_key::user(2)));
  CHECK(f.cache.acquire(cache_key::user(2)).what == state::lead);
  CHECK(f.metrics.passes.value() == 2);
}

TEST_CASE("keys that are asked for together, as those of a page, don't make each other forgotten",
          "[local_cache]") {
  fixture f;
  int passed = 0;
  for (int page = 0; page < 2'000; ++page) {
    for (int i = 1; i <= 20; ++i) f.cache.admits(cache_key::user(page * 20 + i));
    for (int i = 1; i <= 20; ++i) passed += !f.cache.admits(cache_key::user(page * 20 + i));
  }
  CHECK(passed == 0);
}

TEST_CASE("a scan leaves nothing behind", "[local_cache]") {
  fixture f;
  int passed = 0;
  for (int i = 1; i <= 3'000'000; ++i) passed += f.cache.acquire(cache_key::user(i)).what == state::pass;
  CHECK(passed == 3'000'000);
  CHECK(f.cache.size() == 0);
  CHECK_FALSE(f.cache.admits(cache_key::user(1)));  // forgotten meanwhile
}

TEST_CASE("what is asked for again soon, or was held before, is hot; what others came between is not",
          "[local_cache]") {
  fixture f;
  f.cache.acquire(key);
  CHECK(f.cache.acquire(key).hot);
  const auto page = cache_key::first_page(list_kind::user_tweets, 7);
  CHECK_FALSE(f.cache.admits(page));
  CHECK(f.cache.admits(page));
  CHECK(f.cache.acquire(page).hot);
  const auto lukewarm = cache_key::tweet(7);
  f.cache.acquire(lukewarm);
  for (int i = 1; i <= 200'000; ++i) f.cache.acquire(cache_key::user(100 + i));
  const auto again = f.cache.acquire(lukewarm);
  CHECK(again.what == state::lead);
  CHECK_FALSE(again.hot);
  f.cache.land(lukewarm, again.flying, std::make_shared<const int>(1));
  CHECK(f.cache.acquire(lukewarm).what == state::hit);
  f.cache.invalidate(lukewarm);
  CHECK(f.cache.acquire(lukewarm).hot);
}

TEST_CASE("sessions are admitted at once and stay; that there is none is not kept", "[local_cache]") {
  local_cache_options options{.max_entries = 1000, .ttl = 1ms};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
  const auto known = cache_key::session(std::string(32, '\1'));
  const auto unknown = cache_key::session(std::string(32, '\2'));
  fill(cache, known, 7);
  fill(cache, key, 8);
  const auto asked = cache.acquire(unknown);
  REQUIRE(asked.what == state::lead);
  cache.land(unknown, asked.flying, nullptr);
  std::this_thread::sleep_for(5ms);
  CHECK(cache.acquire(known).what == state::hit);
  CHECK(cache.acquire(key).what == state::lead);
  CHECK(cache.acquire(unknown).what == state::lead);

  cache.invalidate_all();
  CHECK(cache.acquire(known).what == state::lead);
  CHECK(cache.acquire(unknown).what == state::lead);  // its flight is void
}

TEST_CASE("the first who misses leads, others join, then all hit", "[local_cache]") {
  fixture f;
  test_loop loop;
  const auto led = acquire(f.cache, key);
  CHECK(led.what == state::lead);
  const auto joined = acquire(f.cache, key);
  CHECK(joined.what == state::join);
  CHECK(joined.flying == led.flying);
  CHECK(acquire(f.cache, cache_key::user(2)).what == state::lead);

  const auto one = loop.start(join(loop.waits, f.cache, key, joined.flying));
  const auto two = loop.start(join(loop.waits, f.cache, key, joined.flying));
  loop.run_for(10ms);
  CHECK_FALSE(one->done);
  f.cache.land(key, led.flying, number(7));
  loop.until([&] { return one->done && two->done; });
  CHECK(number_of(*one->get()) == 7);
  CHECK(number_of(*two->get()) == 7);

  const auto hit = acquire(f.cache, key);
  CHECK(hit.what == state::hit);
  CHECK(number_of(hit.found) == 7);
  CHECK(f.metrics.hits.value() == 1);
  CHECK(f.metrics.misses.value() == 2);
  CHECK(f.metrics.joins.value() == 1);
}

TEST_CASE("a known absence is a hit", "[local_cache]") {
  fixture f;
  f.cache.land(key, acquire(f.cache, key).flying, nullptr);
  const auto found = acquire(f.cache, key);
  CHECK(found.what == state::hit);
  CHECK(found.found == nullptr);
}

TEST_CASE("those who joined a flight that failed ask again", "[local_cache]") {
  fixture f;
  test_loop loop;
  const auto led = acquire(f.cache, key);
  const auto waiting = loop.start(join(loop.waits, f.cache, key, led.flying));
  loop.run_for(10ms);
  f.cache.abandon(key, led.flying);
  loop.until([&] { return waiting->done; });
  CHECK(waiting->get() == std::nullopt);
  CHECK(acquire(f.cache, key).what == state::lead);
}

TEST_CASE("who joins a flight that has landed asks again", "[local_cache]") {
  fixture f;
  test_loop loop;
  const auto led = acquire(f.cache, key);
  f.cache.land(key, led.flying, number(7));
  CHECK(loop.run(join(loop.waits, f.cache, key, led.flying)) == std::nullopt);
}

TEST_CASE("an invalidation drops the value", "[local_cache]") {
  fixture f;
  fill(f.cache, key, 7);
  fill(f.cache, cache_key::user(2), 8);
  f.cache.invalidate(key);
  CHECK(acquire(f.cache, key).what == state::lead);
  CHECK(acquire(f.cache, cache_key::user(2)).what == state::hit);
  f.cache.invalidate(cache_key::user(3));
  CHECK(f.cache.size() == 2);
}

TEST_CASE("a write that tells its result replaces what is held", "[local_cache]") {
  fixture f;
  fill(f.cache, key, 7);
  const auto later = waiter::clock::now() + 1s;
  f.cache.update(key, later, [](const local_cache::value& held, bool older) {
    CHECK(older);
    return number(number_of(held) + 1);
  });
  const auto found = acquire(f.cache, key);
  CHECK(found.what == state::hit);
  CHECK(number_of(found.found) == 8);
}

TEST_CASE("a write is told whether the value was held before it", "[local_cache]") {
  fixture f;
  const auto before = waiter::clock::now() - 1s;
  fill(f.cache, key, 7);
  f.cache.update(key, before, [](const local_cache::value&, bool older) -> local_cache::value {
    CHECK_FALSE(older);
    return nullptr;
  });
  CHECK(acquire(f.cache, key).what == state::lead);
}

TEST_CASE("a write finds nothing to replace in a known absence, or where nothing is held", "[local_cache]") {
  fixture f;
  const local_cache::change never = [](const local_cache::value&, bool) -> local_cache::value {
    FAIL("nothing was held");
    return nullptr;
  };
  f.cache.update(key, waiter::clock::now(), never);
  CHECK(f.cache.size() == 0);
  f.cache.land(key, acquire(f.cache, key).flying, nullptr);
  f.cache.update(key, waiter::clock::now(), never);
  CHECK(acquire(f.cache, key).what == state::lead);
}

TEST_CASE("a write voids the flight of what it changed", "[local_cache]") {
  fixture f;
  const auto before = acquire(f.cache, key);
  f.cache.update(key, waiter::clock::now(), [](const local_cache::value& held, bool) { return held; });
  const auto after = acquire(f.cache, key);
  CHECK(after.what == state::lead);
  f.cache.land(key, before.flying, number(1));
  CHECK(acquire(f.cache, key).what == state::join);
  f.cache.land(key, after.flying, number(2));
}

TEST_CASE("an invalidation voids the flight: its value goes to those before, and is not kept",
          "[local_cache]") {
  fixture f;
  test_loop loop;
  const auto before = acquire(f.cache, key);
  const auto waiting = loop.start(join(loop.waits, f.cache, key, before.flying));
  loop.run_for(10ms);
  f.cache.invalidate(key);

  const auto after = acquire(f.cache, key);
  CHECK(after.what == state::lead);
  CHECK(after.flying != before.flying);
  CHECK(loop.run(join(loop.waits, f.cache, key, before.flying)) == std::nullopt);

  f.cache.land(key, before.flying, number(1));
  loop.until([&] { return waiting->done; });
  CHECK(number_of(*waiting->get()) == 1);
  CHECK(acquire(f.cache, key).what == state::join);

  f.cache.land(key, after.flying, number(2));
  CHECK(number_of(acquire(f.cache, key).found) == 2);
  f.cache.abandon(key, before.flying);
  CHECK(number_of(acquire(f.cache, key).found) == 2);
}

TEST_CASE("values stay for a second, or for long while this server is told of changes", "[local_cache]") {
  fixture f;
  f.options = {.ttl = 30ms, .told_ttl = 3600s};
  fill(f.cache, key, 7);
  CHECK(acquire(f.cache, key).what == state::hit);
  std::this_thread::sleep_for(40ms);
  f.cache.told_until(local_cache::clock::now() + 1h);
  CHECK(f.cache.is_told(local_cache::clock::now()));
  CHECK(acquire(f.cache, key).what == state::hit);
  f.cache.told_until(local_cache::clock::now());
  CHECK_FALSE(f.cache.is_told(local_cache::clock::now()));
  CHECK(acquire(f.cache, key).what == state::lead);
  CHECK(acquire(f.cache, key).what == state::join);
}

TEST_CASE("an absence, and a value that was old when it came, do not stay for long", "[local_cache]") {
  fixture f;
  f.options = {.ttl = 1ms, .told_ttl = 3600s};
  f.cache.told_until(local_cache::clock::now() + 1h);
  f.cache.land(key, acquire(f.cache, key).flying, nullptr);
  const auto old = cache_key::user(2);
  f.cache.land(old, acquire(f.cache, old).flying, number(1), local_cache::clock::now() + 1ms);
  std::this_thread::sleep_for(5ms);
  CHECK(acquire(f.cache, key).what == state::lead);
  CHECK(acquire(f.cache, old).what == state::lead);
}

TEST_CASE("what changed elsewhere is dropped, and remembered for a while", "[local_cache]") {
  fixture f;
  fill(f.cache, key, 7);
  CHECK_FALSE(f.cache.changed_lately(key));
  f.cache.invalidate_told(key);
  CHECK(acquire(f.cache, key).what == state::lead);
  CHECK(f.cache.changed_lately(key));
  CHECK_FALSE(f.cache.changed_lately(cache_key::user(2)));
  f.cache.invalidate(cache_key::user(3));
  CHECK_FALSE(f.cache.changed_lately(cache_key::user(3)));
}

TEST_CASE("who records learns when what was read is no longer current", "[local_cache]") {
  fixture f;
  const auto parts_of = [&](auto read) {
    recording r;
    read();
    return r.is_whole() ? r.take_parts() : std::vector<std::shared_ptr<const currency>>();
  };
  const auto read = [&] { CHECK(f.cache.acquire(key).what == state::hit); };
  CHECK(parts_of([&] { fill(f.cache, key, 7); }).empty());
  for (const auto& change : std::vector<std::function<void()>>{
           [&] { f.cache.invalidate(key); },
           [&] { f.cache.invalidate_told(key); },
           [&] { f.cache.invalidate_all(); },
           [&] { f.cache.update(key, {}, [](const auto&, bool) { return number(8); }); },
       }) {
    const auto parts = parts_of(read);
    REQUIRE(parts.size() == 1);
    CHECK(parts_of(read) == parts);
    f.cache.invalidate(cache_key::user(2));
    CHECK(parts.front()->holds());
    change();
    CHECK_FALSE(parts.front()->holds());
    if (f.cache.acquire(key).what != state::hit) {
      f.cache.invalidate(key);
      fill(f.cache, key, 7);
    }
  }
  f.options.max_entries = 64;
  const auto parts = parts_of(read);
  for (int i = 10; i < 5'000; ++i) fill(f.cache, cache_key::user(i), i);
  CHECK_FALSE(parts.front()->holds());  // made room
}

TEST_CASE("the number of entries is bounded, the newest are kept", "[local_cache]") {
  fixture f;
  f.options.max_entries = 640;
  for (int i = 1; i <= 20'000; ++i) fill(f.cache, cache_key::user(i), i);
  CHECK(f.cache.size() <= 640 + 64);
  CHECK(f.cache.size() >= 600);
  int kept = 0;
  for (int i = 19'900; i <= 20'000; ++i) kept += acquire(f.cache, cache_key::user(i)).what == state::hit;
  CHECK(kept >= 95);
  CHECK(acquire(f.cache, cache_key::user(1)).what == state::lead);
}

TEST_CASE("flights that failed, and absences, count against the bound too", "[local_cache]") {
  fixture f;
  f.options.max_entries = 640;
  for (int i = 1; i <= 5'000; ++i) {
    const auto name = cache_key::user(i);
    const auto led = acquire(f.cache, name);
    if (i % 2) {
      f.cache.abandon(name, led.flying);
    } else {
      f.cache.land(name, led.flying, nullptr);
    }
  }
  CHECK(f.cache.size() <= 640 + 64);
}

namespace {

// A value and its writes, as a database would keep them.
struct truth {
  std::atomic<int> written{0};
  std::atomic<int> visible{0};  // the latest whose invalidation is done
};
constexpr int key_count = 8;

awaitable<int> read_many(local_cache& cache, deadlines& d, std::array<truth, key_count>& truths, int rounds) {
  int stale = 0;
  for (int round = 0; round < rounds; ++round) {
    const int k = round % key_count;
    auto& own = truths[static_cast<std::size_t>(k)];
    const auto name = cache_key::user(k + 1);
    const int at_least = own.visible;
    for (;;) {
      auto found = acquire(cache, name);
      if (found.what == state::hit) {
        stale += number_of(found.found) < at_least;
        break;
      }
      if (found.what == state::lead) {
        const int fetched = own.written;
        if (round % 4 == 0) std::this_thread::sleep_for(50us);  // writes overtake the fetch
        cache.land(name, found.flying, number(fetched));
        break;
      }
      const auto landed = co_await join(d, cache, name, std::move(found.flying));
      if (!landed) continue;
      stale += number_of(*landed) < at_least;
      break;
    }
  }
  co_return stale;
}

}  // namespace

TEST_CASE("whatever threads do, nobody reads what was overwritten before they asked", "[local_cache]") {
  fixture f;
  std::array<truth, key_count> truths;
  std::atomic<bool> done{false};
  std::atomic<int> stale{0};
  std::array<test_loop, 3> loops;  // outlive all threads: one may still be posting to another's
  std::vector<std::thread> readers;
  for (auto& loop : loops) {
    readers.emplace_back([&] { stale += loop.run(read_many(f.cache, loop.waits, truths, 5'000)); });
  }
  std::thread writer([&] {
    for (int n = 1; !done; ++n) {
      for (int k = 0; k < key_count; ++k) {
        auto& own = truths[static_cast<std::size_t>(k)];
        own.written = n;
        f.cache.invalidate(cache_key::user(k + 1));
        own.visible = n;
      }
      std::this_thread::sleep_for(20us);
    }
  });
  for (auto& t : readers) t.join();
  done = true;
  writer.join();
  CHECK(stale == 0);
  CHECK(f.cache.size() == key_count);
  for (int k = 0; k < key_count; ++k) {
    const auto found = acquire(f.cache, cache_key::user(k + 1));
    CHECK(found.what != state::join);
  }
}

}  // namespace linnet::storage
