#include "storage/revocations.hpp"

#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/support/postgres_server.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::postgres_server;
using testing::test_loop;
using namespace std::chrono_literals;

const std::string token_hash(32, '\x11');
const std::string token_hash_hex(64, '1');

struct fixture {
  fixture() { listening.start(); }

  void keep_session() {
    const auto name = cache_key::session(token_hash);
    const auto found = memory.acquire(name);
    REQUIRE(found.what == local_cache::state::lead);
    memory.land(name, found.flying, std::make_shared<const int>(1));
  }
  bool keeps_session() {
    return memory.acquire(cache_key::session(token_hash)).what == local_cache::state::hit;
  }
  template <class Condition>
  static bool soon(Condition met) {
    for (int i = 0; i < 500 && !met(); ++i) std::this_thread::sleep_for(10ms);
    return met();
  }

  postgres_server& server = postgres_server::instance();
  local_cache_options options{.ttl = 1h};
  local_cache_metrics metrics;
  local_cache memory{options, metrics};
  connector connect{server.conninfo(), {}, 5000ms};
  revocations listening{connect, memory};
};

}  // namespace

TEST_CASE("a session that ends elsewhere leaves this server's memory within the lease",
          "[revocations][postgres]") {
  fixture f;
  REQUIRE(f.soon([&] { return f.listening.memory_is_current(); }));
  f.keep_session();
  CHECK(f.keeps_session());
  f.server.execute("NOTIFY linnet_sessions, '" + token_hash_hex + "'");
  std::this_thread::sleep_for(revocations::lease);
  CHECK((!f.listening.memory_is_current() || !f.keeps_session()));
  CHECK(f.soon([&] { return !f.keeps_session(); }));
}

TEST_CASE("who ends a session waits for a lease", "[revocations]") {
  test_loop loop;
  const auto begin = std::chrono::steady_clock::now();
  loop.run(revocations::take_effect());
  CHECK(std::chrono::steady_clock::now() - begin >= revocations::lease);
}

TEST_CASE("memory is not believed while the database is away, and then begins anew",
          "[revocations][postgres]") {
  fixture f;
  REQUIRE(f.soon([&] { return f.listening.memory_is_current() && f.listening.primary_answers(); }));
  f.keep_session();
  f.server.stop();
  std::this_thread::sleep_for(revocations::lease + 50ms);
  CHECK_FALSE(f.listening.memory_is_current());
  CHECK(f.soon([&] { return !f.listening.primary_answers(); }));
  CHECK(f.keeps_session());
  f.server.start();
  REQUIRE(f.soon([&] { return f.listening.memory_is_current(); }));
  CHECK_FALSE(f.keeps_session());
}

}  // namespace linnet::storage
