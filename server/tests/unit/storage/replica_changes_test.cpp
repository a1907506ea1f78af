#include "storage/replica_changes.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/outbox.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::postgres_server;
using testing::test_loop;
using namespace std::chrono_literals;

constexpr int this_server = 1, another_server = 2;
const auto somebody = cache_key::user(7);
const auto other_profile = cache_key::user(8);

// A server that can't get to its primary. The PostgreSQL that is there stands for its replica, which has
// received nothing that it hasn't replayed.
struct replica_changes_fixture {
  replica_changes_fixture() {
    testing::create_outbox(server);
    replicas.push_back(
        std::make_unique<database_reader>(loop.loop, loop.waits, connect, options, replica_metrics));
    replicas.back()->read_from(*set.all()[0], primary);
    replicas.back()->start();
    loop.until([&] { return replicas.back()->connected(); });
    set.all()[0]->heard(0, replica_set::clock::now());
    set.review(replica_set::clock::now());
    REQUIRE(set.is_usable(0));
  }
  ~replica_changes_fixture() {
    replicas.back()->stop();
    loop.run_for(50ms);
    connect.stop();
  }

  void keep(const cache_key& key) { testing::keep(memory, key); }
  bool keeps(const cache_key& key) { return testing::keeps(memory, key); }
  void note(const changes& keys, int node) { server.execute(testing::note(keys, node)); }

  postgres_server& server = postgres_server::instance();
  reader_options options{.connections = 1};
  reader_metrics primary_metrics, replica_metrics;
  test_loop loop{5s};
  connector connect{server.conninfo(), change_log_statements(), 5000ms};
  connector nowhere{"host=127.0.0.1 port=1", {}, 1000ms};
  replica_set set{{"host=none port=1"}, {}, 1000ms};
  change_positions positions;
  local_cache_options memory_options{.ttl = 60s, .told_ttl = 3600s};
  local_cache_metrics memory_metrics;
  local_cache memory{memory_options, memory_metrics};
  memcached_metrics cache_metrics;
  memcached_options nodes;
  memcached cache{nodes, cache_metrics};
  answered_batches answered;
  change_feed::posts posted;
  change_feed feed{
      nowhere,
      {memory, cache, positions, set,
       [this](const change_feed::posts& fresh) { posted.insert(posted.end(), fresh.begin(), fresh.end()); }},
      answered,
      this_server};
  database_reader primary{loop.loop, loop.waits, nowhere, options, primary_metrics};
  database_reads::replica_readers replicas;
  database_reads reads{loop.waits, primary, replicas, set, positions};
  replica_changes changes{reads, set, feed};
};

}  // namespace

TEST_CASE("while the primary is away, a replica tells what other servers changed",
          "[replica_changes][postgres]") {
  replica_changes_fixture f;
  f.keep(somebody);
  f.keep(other_profile);
  f.note({somebody, cache_key::posted(7, 99)}, another_server);
  f.note({other_profile}, this_server);
  f.loop.run(f.changes.hear_all());
  CHECK_FALSE(f.keeps(somebody));
  CHECK(f.keeps(other_profile));
  CHECK(f.posted == change_feed::posts{{7, 99}});
}

TEST_CASE("what a replica told once is no news", "[replica_changes][postgres]") {
  replica_changes_fixture f;
  f.note({somebody}, another_server);
  f.loop.run(f.changes.hear_all());
  f.keep(somebody);
  f.loop.run(f.changes.hear_all());
  CHECK(f.keeps(somebody));
  f.note({somebody}, another_server);
  f.loop.run(f.changes.hear_all());
  CHECK_FALSE(f.keeps(somebody));
}

TEST_CASE("where no change is, and where no replica is usable, nobody waits", "[replica_changes][postgres]") {
  replica_changes_fixture f;
  const auto before = f.replica_metrics.statements.value();
  f.loop.run(f.changes.hear_all());
  CHECK(f.replica_metrics.statements.value() == before + 1);
  f.set.review(replica_set::clock::now() + 10s);
  REQUIRE_FALSE(f.set.is_usable(0));
  f.loop.run(f.changes.hear_all());
  CHECK(f.replica_metrics.statements.value() == before + 1);
}

}  // namespace linnet::storage
