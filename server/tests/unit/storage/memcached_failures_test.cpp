#include <catch2/catch.hpp>

#include "storage/memcached.hpp"
#include "tests/unit/support/memcached_fixture.hpp"

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;
using kind = cache_entry::kind;

}  // namespace

TEST_CASE("several nodes share the keys, and one that dies takes only its own", "[memcached]") {
  memcached_fixture f(3);
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

TEST_CASE("a node for which too many invalidations wait is given up, and flushed before it is trusted",
          "[memcached]") {
  memcached_fixture f(1, 4);
  f.fill(some_key, "old");
  std::vector<cache_key> many{some_key};
  for (int i = 1; i <= 2000; ++i) many.push_back(cache_key::user(i));
  std::atomic<bool> done{false};
  std::atomic<bool> reached{true};
  f.cache->invalidate(many, 1, [&](bool everywhere) {
    reached = everywhere;
    done = true;
  });
  f.loop.until([&] { return done.load(); });
  CHECK_FALSE(reached);
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(some_key).what == kind::lease);
}

TEST_CASE("a node that hangs costs one timeout, and is back, empty, when it answers", "[memcached]") {
  memcached_fixture f;
  f.fill(some_key, "old");
  f.server().pause();
  auto begin = waiter::clock::now();
  CHECK(f.get(some_key).what == kind::absent);
  CHECK(waiter::clock::now() - begin < 3s);
  CHECK(f.cache->nodes_up() == 0);
  CHECK(f.metrics.errors.value() >= 1);

  begin = waiter::clock::now();
  for (int i = 0; i < 100; ++i) CHECK(f.get(some_key).what == kind::absent);
  CHECK(waiter::clock::now() - begin < 5s);
  f.invalidate({some_key});

  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(some_key).what == kind::lease);
}

TEST_CASE("a node that hangs never serves what was invalidated meanwhile", "[memcached]") {
  memcached_fixture f;
  f.fill(some_key, "old");
  f.server().pause();
  const auto begin = waiter::clock::now();
  f.invalidate({some_key});  // the first to notice
  CHECK(waiter::clock::now() - begin < 3s);
  CHECK(f.cache->nodes_up() == 0);
  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(some_key).what == kind::lease);
}

TEST_CASE("a fill that reaches a node after its outage changes nothing", "[memcached]") {
  memcached_fixture f;
  const auto lease = f.get(some_key);
  f.server().pause();
  CHECK(f.get(some_key).what == kind::absent);
  f.cache->fill(some_key, lease.cas, "old");
  f.server().resume();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  f.cache->fill(some_key, lease.cas, "old");
  f.settle();
  CHECK(f.get(some_key).what == kind::lease);
}

TEST_CASE("a node that is killed is missed, and trusted again once it is back", "[memcached]") {
  memcached_fixture f;
  f.fill(some_key, "old");
  f.server().kill();
  CHECK(f.get(some_key).what == kind::absent);
  CHECK(f.cache->nodes_up() == 0);
  f.invalidate({some_key});
  f.server().restart();
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  f.fill(some_key, "new");
  CHECK(f.get(some_key).bytes == "new");
}

TEST_CASE("a node that restarts unnoticed gets its tombstones nevertheless", "[memcached]") {
  memcached_fixture f;
  f.fill(some_key, "old");
  f.server().kill();
  f.server().restart();
  f.invalidate({some_key});
  f.loop.until([&] { return f.cache->nodes_up() == 1; });
  CHECK(f.get(some_key).what == kind::lease);
}

}  // namespace linnet::storage
