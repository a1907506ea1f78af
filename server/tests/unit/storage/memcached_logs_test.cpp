#include <catch2/catch.hpp>

#include "storage/memcached.hpp"
#include "tests/unit/support/memcached_fixture.hpp"

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;

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
  memcached_fixture f;
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
  memcached_fixture f;
  f.options.timeout = 10s;
  f.invalidate({some_key});
  f.server().pause();
  const auto before = f.metrics.round_trips.value() + 1;
  appended first(*f.cache, "q0", "a");  // keeps the worker busy
  f.loop.until([&] { return f.metrics.round_trips.value() == before; });
  appended second(*f.cache, "q1", "b");
  appended third(*f.cache, "q1", "c");
  appended fourth(*f.cache, "q2", "d");
  f.cache->invalidate({some_key, cache_key::user(2)}, 7);
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
  memcached_fixture f;
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

}  // namespace linnet::storage
