#include "storage/memcached.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/support/memcached_fixture.hpp"

namespace linnet::storage {
namespace {

using testing::test_loop;
using namespace std::chrono_literals;
using kind = cache_entry::kind;

}  // namespace

TEST_CASE("a miss gives a lease, and its fill a value", "[memcached]") {
  memcached_fixture f;
  const auto missed = f.get(some_key);
  CHECK(missed.what == kind::lease);
  CHECK(missed.cas != 0);
  const std::string bytes("\0\r\nEND\r\n\xff", 9);
  f.cache->fill(some_key, missed.cas, bytes);
  f.loop.until([&] { return f.get(some_key).what == kind::value; });
  CHECK(f.get(some_key).bytes == bytes);
  CHECK(f.metrics.hits.value() >= 2);
  CHECK(f.metrics.errors.value() == 0);
}

TEST_CASE("an invalidation between lease and fill voids the fill", "[memcached]") {
  memcached_fixture f;
  const auto old_lease = f.get(some_key);
  f.invalidate({some_key});
  f.cache->fill(some_key, old_lease.cas, "old");
  f.settle();
  const auto fresh = f.get(some_key);
  REQUIRE(fresh.what == kind::lease);
  CHECK(fresh.cas != old_lease.cas);
  f.cache->fill(some_key, fresh.cas, "new");
  f.loop.until([&] { return f.get(some_key).what == kind::value; });
  CHECK(f.get(some_key).bytes == "new");
}

TEST_CASE("an invalidation drops a value, and its tombstone is a lease to the next", "[memcached]") {
  memcached_fixture f;
  f.fill(some_key, "old");
  f.invalidate({some_key}, 0x1234);
  CHECK(f.server().ask("get u1") == "VALUE u1 3 4\r\n4660\r\n");
  CHECK(f.get(some_key).what == kind::lease);
  f.fill(some_key, "new");
  CHECK(f.get(some_key).bytes == "new");
  CHECK(f.server().ask("get u1").starts_with("VALUE u1 1 11\r\n"));
}

TEST_CASE("a value tells until when it is young enough", "[memcached]") {
  memcached_fixture f;
  f.fill(some_key, "new");
  const auto now = waiter::clock::now();
  const auto ttl = f.options.ttl;
  CHECK(f.get(some_key).until <= now + ttl + 1s);
  CHECK(f.get(some_key).until > now + ttl - 5s);
  const auto stored = [&](std::int64_t second) {
    const std::string stamp(reinterpret_cast<const char*>(&second), sizeof second);
    f.server().ask("set u1 1 0 11 noreply\r\n" + stamp + "abc\r\nget u1");
    const auto entry = f.get(some_key);
    CHECK(entry.bytes == "abc");
    return entry.until - waiter::clock::now();
  };
  const auto second = to_unix_micros(linnet::now()) / 1'000'000;
  CHECK(stored(second - ttl.count() + 3) <= 3s);
  CHECK(stored(second - 100'000) <= 0s);
  CHECK(stored(second + 100'000) <= ttl);  // by a server whose clock is ahead
}

TEST_CASE("invalidating what is not there leaves a tombstone as well", "[memcached]") {
  memcached_fixture f;
  f.invalidate({some_key, cache_key::user(2)}, 7);
  CHECK(f.server().ask("get u1 u2") == "VALUE u1 3 1\r\n7\r\nVALUE u2 3 1\r\n7\r\n");
}

TEST_CASE("of those who hold the same lease the first fills", "[memcached]") {
  memcached_fixture f;
  memcached other(f.options, f.metrics);  // of another server
  const auto mine = f.get(some_key);
  const auto theirs = f.loop.run(other.get(f.loop.waits, {some_key})).front();
  CHECK(theirs.what == kind::lease);
  CHECK(mine.cas == theirs.cas);
  other.fill(some_key, theirs.cas, "theirs");
  f.loop.until([&] { return f.get(some_key).what == kind::value; });
  f.cache->fill(some_key, mine.cas, "mine");
  f.settle();
  CHECK(f.get(some_key).bytes == "theirs");
}

TEST_CASE("keys asked for together come in order, equal ones too, in a few round trips", "[memcached]") {
  memcached_fixture f;
  f.fill(cache_key::user(7), "seven");
  std::vector<cache_key> names;
  for (int i = 0; i < 200; ++i) names.push_back(cache_key::user(i % 10));
  const auto before = f.metrics.round_trips.value();
  const auto entries = f.get(names);
  CHECK(f.metrics.round_trips.value() - before == 2);
  REQUIRE(entries.size() == names.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK((entries[i].what == kind::value) == (i % 10 == 7));
    CHECK(entries[i].bytes == (i % 10 == 7 ? "seven" : ""));
    CHECK(entries[i].cas == entries[i % 10].cas);
  }
}

TEST_CASE("values of half a megabyte pass", "[memcached]") {
  memcached_fixture f;
  const std::string large(500'000, 'x');
  f.fill(some_key, large);
  CHECK(f.get(some_key).bytes == large);
}

TEST_CASE("beyond the queue's bound keys count as missed", "[memcached]") {
  memcached_fixture f;
  f.options.queue_limit = 10;
  f.server().pause();
  std::vector<cache_key> names(11, some_key);
  const auto first = f.loop.start(f.cache->get(f.loop.waits, {some_key}));  // keeps the worker busy
  f.loop.run_for(10ms);
  const auto second = f.loop.start(f.cache->get(f.loop.waits, names));
  f.loop.run_for(1ms);
  const auto begin = waiter::clock::now();
  CHECK(f.get(some_key).what == kind::absent);
  CHECK(waiter::clock::now() - begin < 200ms);
  f.loop.until([&] { return first->done && second->done; });
  CHECK(f.cache->queued() == 0);
}

TEST_CASE("without nodes there is no cache, and nodes have ports", "[memcached]") {
  memcached_metrics metrics;
  const memcached_options none;
  memcached cache(none, metrics);
  CHECK_FALSE(cache.enabled());
  bool done = false;
  cache.invalidate({some_key}, 1, [&](bool) { done = true; });
  CHECK(done);
  CHECK_FALSE(cache.append({"q1", "a", 60s, [](auto) {}}));

  memcached_options nameless;
  nameless.nodes = {"localhost"};
  CHECK_THROWS_AS(memcached(nameless, metrics), std::invalid_argument);
}

namespace {

// Reads through one server's cache while another writes: the value of a key is a number that only grows.
awaitable<int> read_through_many(memcached& cache, deadlines& d, std::atomic<int>& written,
                                 std::atomic<int>& visible, int rounds) {
  int stale = 0;
  for (int i = 0; i < rounds; ++i) {
    const int at_least = visible;
    std::vector<cache_key> names{some_key};
    const auto entries = co_await cache.get(d, std::move(names));
    const auto& entry = entries.front();
    if (entry.what == kind::value) stale += std::stoi(entry.bytes) < at_least;
    if (entry.what == kind::lease) {
      const int fetched = written;
      if (i % 3 == 0) std::this_thread::sleep_for(50us);
      cache.fill(some_key, entry.cas, std::to_string(fetched));
    }
  }
  co_return stale;
}

}  // namespace

TEST_CASE("no server reads a value that was invalidated before it asked", "[memcached]") {
  memcached_fixture f;
  std::atomic<int> written{0};
  std::atomic<int> visible{0};
  std::atomic<int> stale{0};
  std::atomic<int> reading{2};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      test_loop loop;  // outlives the workers, which may still be posting to it
      memcached cache(f.options, f.metrics);
      stale += loop.run(read_through_many(cache, loop.waits, written, visible, 2'000));
      --reading;
    });
  }
  while (reading > 0) {
    const int n = ++written;
    f.invalidate({some_key}, static_cast<std::uint64_t>(n));
    visible = n;
  }
  for (auto& t : readers) t.join();
  CHECK(stale == 0);
  CHECK(f.metrics.hits.value() > 0);
  CHECK(f.metrics.errors.value() == 0);
}

}  // namespace linnet::storage
