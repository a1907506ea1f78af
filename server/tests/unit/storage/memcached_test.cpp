// The lease protocol, logs, their failures and the ring share one fixture and are read together: hence over
// 300 lines.
#include "storage/memcached.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/support/memcached_server.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::memcached_server;
using testing::test_loop;
using namespace std::chrono_literals;
using kind = cache_entry::kind;

const cache_key key = cache_key::user(1);

struct fixture {
  explicit fixture(std::size_t count = 1) {
    for (std::size_t i = 0; i < count; ++i) {
      servers.push_back(std::make_unique<memcached_server>());
      options.nodes.push_back(servers.back()->address());
    }
    cache = std::make_unique<memcached>(options, metrics);
  }

  cache_entry get(const cache_key& name) { return get(std::vector{name}).front(); }
  std::vector<cache_entry> get(std::vector<cache_key> names) {
    return loop.run(cache->get(loop.waits, std::move(names)));
  }
  void invalidate(const std::vector<cache_key>& names, std::uint64_t lsn = 1) {
    std::atomic<bool> done{false};
    cache->invalidate(names, lsn, [&] { done = true; });
    loop.until([&] { return done.load(); });
  }
  // Fills are not waited for: a later get sees them soon.
  void fill(const cache_key& name, const std::string& bytes) {
    const auto lease = get(name);
    REQUIRE(lease.what == kind::lease);
    cache->fill(name, lease.cas, bytes);
    loop.until([&] { return get(name).what == kind::value; });
  }
  void settle() {
    loop.until([&] { return cache->queued() == 0; }), get(cache_key::user(999)), get(cache_key::user(999));
  }
  memcached_server& server() { return *servers.front(); }

  std::vector<std::unique_ptr<memcached_server>> servers;
  memcached_options options;
  memcached_metrics metrics;
  test_loop loop;
  std::unique_ptr<memcached> cache;
};

}  // namespace

TEST_CASE("a miss gives a lease, and its fill a value", "[memcached]") {
  fixture f;
  const auto missed = f.get(key);
  CHECK(missed.what == kind::lease);
  CHECK(missed.cas != 0);
  const std::string bytes("\0\r\nEND\r\n\xff", 9);
  f.cache->fill(key, missed.cas, bytes);
  f.loop.until([&] { return f.get(key).what == kind::value; });
  CHECK(f.get(key).bytes == bytes);
  CHECK(f.metrics.hits.value() >= 2);
  CHECK(f.metrics.errors.value() == 0);
}

TEST_CASE("an invalidation between lease and fill voids the fill", "[memcached]") {
  fixture f;
  const auto old_lease = f.get(key);
  f.invalidate({key});
  f.cache->fill(key, old_lease.cas, "old");
  f.settle();
  const auto fresh = f.get(key);
  REQUIRE(fresh.what == kind::lease);
  CHECK(fresh.cas != old_lease.cas);
  f.cache->fill(key, fresh.cas, "new");
  f.loop.until([&] { return f.get(key).what == kind::value; });
  CHECK(f.get(key).bytes == "new");
}

TEST_CASE("an invalidation drops a value, and its tombstone is a lease to the next", "[memcached]") {
  fixture f;
  f.fill(key, "old");
  f.invalidate({key}, 0x1234);
  CHECK(f.server().ask("get u1") == "VALUE u1 3 4\r\n4660\r\n");
  CHECK(f.get(key).what == kind::lease);
  f.fill(key, "new");
  CHECK(f.get(key).bytes == "new");
  CHECK(f.server().ask("get u1").starts_with("VALUE u1 1 11\r\n"));
}

TEST_CASE("a value tells until when it is young enough", "[memcached]") {
  fixture f;
  f.fill(key, "new");
  const auto now = waiter::clock::now();
  const auto ttl = f.options.ttl;
  CHECK(f.get(key).until <= now + ttl + 1s);
  CHECK(f.get(key).until > now + ttl - 5s);
  const auto stored = [&](std::int64_t second) {
    const std::string stamp(reinterpret_cast<const char*>(&second), sizeof second);
    f.server().ask("set u1 1 0 11 noreply\r\n" + stamp + "abc\r\nget u1");
    const auto entry = f.get(key);
    CHECK(entry.bytes == "abc");
    return entry.until - waiter::clock::now();
  };
  const auto second = to_unix_micros(linnet::now()) / 1'000'000;
  CHECK(stored(second - ttl.count() + 3) <= 3s);
  CHECK(stored(second - 100'000) <= 0s);
  CHECK(stored(second + 100'000) <= ttl);  // by a server whose clock is ahead
}

TEST_CASE("invalidating what is not there leaves a tombstone as well", "[memcached]") {
  fixture f;
  f.invalidate({key, cache_key::user(2)}, 7);
  CHECK(f.server().ask("get u1 u2") == "VALUE u1 3 1\r\n7\r\nVALUE u2 3 1\r\n7\r\n");
}

TEST_CASE("of those who hold the same lease the first fills", "[memcached]") {
  fixture f;
  memcached other(f.options, f.metrics);  // of another server
  const auto mine = f.get(key);
  const auto theirs = f.loop.run(other.get(f.loop.waits, {key})).front();
  CHECK(theirs.what == kind::lease);
  CHECK(mine.cas == theirs.cas);
  other.fill(key, theirs.cas, "theirs");
  f.loop.until([&] { return f.get(key).what == kind::value; });
  f.cache->fill(key, mine.cas, "mine");
  f.settle();
  CHECK(f.get(key).bytes == "theirs");
}

TEST_CASE("keys asked for together come in order, equal ones too, in a few round trips", "[memcached]") {
  fixture f;
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
  fixture f;
  const std::string large(500'000, 'x');
  f.fill(key, large);
  CHECK(f.get(key).bytes == large);
}

TEST_CASE("several nodes share the keys, and one that dies takes only its own", "[memcached]") {
  fixture f(3);
  std::vector<cache_key> names;
  for (int i = 1; i <= 150; ++i) names.push_back(cache_key::user(i));
  const auto leases = f.get(names);
  for (std::size_t i = 0; i < names.size(); ++i) f.cache->fill(names[i], leases[i].cas, names[i].text());
  const auto values = [&] {
    const auto entries = f.get(names);
    return std::count_if(entries.begin(), entries.end(), [](const auto& e) { return e.what == kind::value; });
  };
  f.loop.until([&] { return values() == 150; });
  std::size_t items = 0;
  for (const auto& s : f.servers) {
    CHECK(s->items() >= 15);
    items += s->items();
  }
  CHECK(items == 150);

  const auto lost = static_cast<std::ptrdiff_t>(f.servers[1]->items());
  f.servers[1]->kill();
  const auto entries = f.get(names);
  CHECK(f.cache->nodes_up() == 2);
  std::ptrdiff_t absent = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (entries[i].what == kind::absent) {
      ++absent;
    } else {
      CHECK(entries[i].bytes == names[i].text());
    }
  }
  CHECK(absent == lost);
}

TEST_CASE("a node that hangs costs one timeout, and is back, empty, when it answers", "[memcached]") {
  fixture f;
  f.fill(key, "old");
  f.server().pause();
  auto begin = waiter::clock::now();
  CHECK(f.get(key).what == kind::absent);
  CHECK(waiter::clock::now() - begin < 1s);
  CHECK(f.cache->nodes_up() == 0);
  CHECK(f.metrics.errors.value() >= 1);

  begin = waiter::clock::now();
  for (int i = 0; i < 100; ++i) CHECK(f.get(key).what == kind::absent);
  CHECK(waiter::clock::now() - begin < 100ms);
  f.invalidate({key});

  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(key).what == kind::lease);
}

TEST_CASE("a node that hangs never serves what was invalidated meanwhile", "[memcached]") {
  fixture f;
  f.fill(key, "old");
  f.server().pause();
  const auto begin = waiter::clock::now();
  f.invalidate({key});  // the first to notice
  CHECK(waiter::clock::now() - begin < 1s);
  CHECK(f.cache->nodes_up() == 0);
  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(key).what == kind::lease);
}

TEST_CASE("a fill that reaches a node after its outage changes nothing", "[memcached]") {
  fixture f;
  const auto lease = f.get(key);
  f.server().pause();
  CHECK(f.get(key).what == kind::absent);
  f.cache->fill(key, lease.cas, "old");
  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  f.cache->fill(key, lease.cas, "old");
  f.settle();
  CHECK(f.get(key).what == kind::lease);
}

TEST_CASE("a node that is killed is missed, and trusted again once it is back", "[memcached]") {
  fixture f;
  f.fill(key, "old");
  f.server().kill();
  CHECK(f.get(key).what == kind::absent);
  CHECK(f.cache->nodes_up() == 0);
  f.invalidate({key});
  f.server().restart();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  f.fill(key, "new");
  CHECK(f.get(key).bytes == "new");
}

TEST_CASE("a node that restarts unnoticed gets its tombstones nevertheless", "[memcached]") {
  fixture f;
  f.fill(key, "old");
  f.server().kill();
  f.server().restart();
  f.invalidate({key});
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(key).what == kind::lease);
}

TEST_CASE("beyond the queue's bound keys count as missed", "[memcached]") {
  fixture f;
  f.options.queue_limit = 10;
  f.server().pause();
  std::vector<cache_key> names(11, key);
  const auto first = f.loop.start(f.cache->get(f.loop.waits, {key}));  // keeps the worker busy
  f.loop.run_for(10ms);
  const auto second = f.loop.start(f.cache->get(f.loop.waits, names));
  f.loop.run_for(1ms);
  const auto begin = waiter::clock::now();
  CHECK(f.get(key).what == kind::absent);
  CHECK(waiter::clock::now() - begin < 20ms);
  f.loop.until([&] { return first->done && second->done; });
  CHECK(f.cache->queued() == 0);
}

namespace {

// Appends to a log and keeps what came of it.
struct appended {
  appended(memcached& cache, std::string name, std::string bytes)
      : taken(cache.append({std::move(name), std::move(bytes), 60s, [this](auto log) {
                              if (log) records = *log;
                              done = true;
                            }})) {}
  bool ended() const { return done; }

  std::optional<std::string> records;
  std::atomic<bool> done{false};
  bool taken;
};

}  // namespace

TEST_CASE("who appends to a log learns what all servers appended", "[memcached]") {
  fixture f;
  f.options.timeout = 10s;
  memcached other(f.options, f.metrics);  // of another server
  const std::string bytes("\0\r\nEND\r\n", 8);
  const auto round = [&](memcached& cache, const std::string& name, const std::string& expected) {
    appended a(cache, name, bytes);
    CHECK(a.taken);
    f.loop.until([&] { return a.ended(); });
    CHECK(a.records == expected);
  };
  round(*f.cache, "q1", bytes);
  round(other, "q1", bytes + bytes);
  round(*f.cache, "q2", bytes);
  round(*f.cache, "q1", bytes + bytes + bytes);
  CHECK(f.metrics.errors.value() == 0);
  CHECK(f.metrics.round_trips.value() == 4);
}

TEST_CASE("records that wait together, and with tombstones, go in one trip", "[memcached]") {
  fixture f;
  f.options.timeout = 10s;
  f.invalidate({key});
  f.server().pause();
  const auto before = f.metrics.round_trips.value() + 1;
  appended first(*f.cache, "q0", "a");  // keeps the worker busy
  f.loop.until([&] { return f.metrics.round_trips.value() == before; });
  appended second(*f.cache, "q1", "b");
  appended third(*f.cache, "q1", "c");
  appended fourth(*f.cache, "q2", "d");
  f.cache->invalidate({key, cache_key::user(2)}, 7);
  f.server().resume();
  f.loop.until([&] { return first.ended() && second.ended() && third.ended() && fourth.ended(); });
  CHECK(f.metrics.round_trips.value() == before + 1);
  CHECK(second.records == "bc");
  CHECK(third.records == "bc");
  CHECK(fourth.records == "d");
  CHECK(f.server().ask("get u1 u2") == "VALUE u1 3 1\r\n7\r\nVALUE u2 3 1\r\n7\r\n");
  CHECK(f.metrics.errors.value() == 0);
}

TEST_CASE("a record for a node that hangs, is away or went is heard to be lost", "[memcached]") {
  fixture f;
  f.server().pause();
  appended lost(*f.cache, "q1", "a");
  CHECK(lost.taken);
  f.loop.until([&] { return lost.ended(); });
  CHECK_FALSE(lost.records);
  appended refused(*f.cache, "q1", "b");
  CHECK_FALSE(refused.taken);
  f.loop.run_for(20ms);
  CHECK_FALSE(refused.ended());
  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  appended kept(*f.cache, "q1", "c");
  f.loop.until([&] { return kept.ended(); });
  REQUIRE(kept.records);
  CHECK(kept.records->ends_with("c"));
}

TEST_CASE("without nodes there is no cache, and nodes have ports", "[memcached]") {
  memcached_metrics metrics;
  const memcached_options none;
  memcached cache(none, metrics);
  CHECK_FALSE(cache.enabled());
  bool done = false;
  cache.invalidate({key}, 1, [&] { done = true; });
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
    std::vector<cache_key> names{key};
    const auto entries = co_await cache.get(d, std::move(names));
    const auto& entry = entries.front();
    if (entry.what == kind::value) stale += std::stoi(entry.bytes) < at_least;
    if (entry.what == kind::lease) {
      const int fetched = written;
      if (i % 3 == 0) std::this_thread::sleep_for(50us);
      cache.fill(key, entry.cas, std::to_string(fetched));
    }
  }
  co_return stale;
}

}  // namespace

TEST_CASE("no server reads a value that was invalidated before it asked", "[memcached]") {
  fixture f;
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
    f.invalidate({key}, static_cast<std::uint64_t>(n));
    visible = n;
  }
  for (auto& t : readers) t.join();
  CHECK(stale == 0);
  CHECK(f.metrics.hits.value() > 0);
  CHECK(f.metrics.errors.value() == 0);
}

}  // namespace linnet::storage
