#include "storage/database_reads.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/postgres_server.hpp"
#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::postgres_server;
using testing::test_loop;
using namespace std::chrono_literals;

constexpr statement names_sql{
    "names_by_id", "int[]",
    "SELECT k.n, 'name ' || k.id FROM unnest($1::int[]) WITH ORDINALITY AS k(id, n) "
    "WHERE k.id < 1000"};
constexpr const statement* name_statements[] = {&names_sql};

void bind_number(const int& key, std::vector<array_text>& parameters) {
  parameters[0].add(std::int64_t{key});
}
std::string parse_name(const pqxx::row& row) {
  return row[1].as<std::string>();
}

using name_read = read_statement<int, std::string>;
using rows = std::vector<std::vector<std::string>>;

const name_read anywhere{names_sql, 1, bind_number, parse_name, cache_key::user};
const name_read where_found{names_sql, 1, bind_number, parse_name, cache_key::user, replica_use::read_found};
const name_read stood_in{names_sql, 1, bind_number, parse_name, cache_key::user, replica_use::stand_in};
const name_read primary_only{names_sql, 1, bind_number, parse_name};

// One PostgreSQL is both. It is no replica, so it says that it has replayed up to 0: enough for objects that
// are not known to have changed, and behind for all others.
struct database_reads_fixture {
  database_reads_fixture() {
    replicas.push_back(
        std::make_unique<database_reader>(loop.loop, loop.waits, connect, options, of_replica));
    replicas.back()->read_from(*set.all()[0], primary);
    primary.note_positions(positions);
    primary.start();
    replicas.back()->start();
    loop.until([&] { return replicas.back()->connected() && primary.connected(); });
    usable();
  }
  ~database_reads_fixture() {
    for (auto& r : replicas) r->stop();
    primary.stop();
    loop.run_for(50ms);
    connect.stop();
  }
  // As if the primary had just answered twice, and the replica in between.
  void usable() {
    const auto now = replica_set::clock::now();
    set.all()[0]->heard(0, now);
    set.primary_said(now - 1ms, 0);
    set.primary_said(now, 0);
  }
  rows fetch(const name_read& what, std::vector<int> ids) {
    return loop.run(reads.fetch(what, std::move(ids)));
  }
  // Statements sent to the primary and to the replica by an act.
  template <class Act>
  std::pair<std::uint64_t, std::uint64_t> sent(Act act) {
    const auto primary_before = of_primary.statements.value(), replica_before = of_replica.statements.value();
    act();
    return {of_primary.statements.value() - primary_before, of_replica.statements.value() - replica_before};
  }

  postgres_server& server = postgres_server::instance();
  reader_options options{.connections = 1};
  reader_metrics of_primary, of_replica;
  test_loop loop{5s};
  connector connect{server.conninfo(), name_statements, 5000ms};
  replica_set set{{"host=none port=1"}, name_statements, 1000ms};
  change_positions positions;
  database_reader primary{loop.loop, loop.waits, connect, options, of_primary};
  database_reads::replica_readers replicas;
  database_reads reads{loop.waits, primary, replicas, set, positions};
};

using counts = std::pair<std::uint64_t, std::uint64_t>;

}  // namespace

TEST_CASE("what hasn't changed is read from the replica", "[database_reads][postgres]") {
  database_reads_fixture f;
  CHECK(f.sent([&] { CHECK(f.fetch(anywhere, {1, 2}) == rows{{"name 1"}, {"name 2"}}); }) == counts{0, 1});
}

TEST_CASE("a read of nothing is answered at once, and asks nobody", "[database_reads][postgres]") {
  database_reads_fixture f;
  CHECK(f.sent([&] { CHECK(f.fetch(anywhere, {}).empty()); }) == counts{0, 0});
}

TEST_CASE("what changed is read from the primary, the rest of the same question from the replica",
          "[database_reads][postgres]") {
  database_reads_fixture f;
  f.positions.note(cache_key::user(2), 100);
  CHECK(f.sent([&] {
    CHECK(f.fetch(anywhere, {1, 2, 3}) == rows{{"name 1"}, {"name 2"}, {"name 3"}});
  }) == counts{1, 1});
}

TEST_CASE("a replica that turns out to be behind hands the read over", "[database_reads][postgres]") {
  database_reads_fixture f;
  f.positions.note(cache_key::user(2), 100);
  f.set.all()[0]->heard(200, replica_set::clock::now());  // as it seemed to be
  CHECK(f.sent([&] { CHECK(f.fetch(anywhere, {2}) == rows{{"name 2"}}); }) == counts{1, 1});
}

TEST_CASE("what a replica lacks is looked for on the primary, where each key should have a row",
          "[database_reads][postgres]") {
  database_reads_fixture f;
  CHECK(f.sent([&] { CHECK(f.fetch(anywhere, {2000}) == rows{{}}); }) == counts{0, 1});
  CHECK(f.sent([&] { CHECK(f.fetch(where_found, {1, 2000}) == rows{{"name 1"}, {}}); }) == counts{1, 1});
}

TEST_CASE("what was read on the primary isn't asked of a replica that is behind that",
          "[database_reads][postgres]") {
  database_reads_fixture f;
  f.positions.note(cache_key::user(2), 1);
  f.fetch(anywhere, {2});
  CHECK(f.positions.of(cache_key::user(2)) > 1);
}

TEST_CASE("what another replica read along with something else is read again", "[database_reads][postgres]") {
  database_reads_fixture f;
  const auto key = cache_key::user(1);
  CHECK_FALSE(f.reads.may_be_late(key, cache_key::user(2)));
  f.positions.note(key, 100);
  CHECK(f.reads.may_be_late(key, cache_key::user(2)));

  replica_set two{{"host=a port=1", "host=b port=2"}, name_statements, 1000ms};
  const auto now = replica_set::clock::now();
  for (const auto& r : two.all()) r->heard(0, now);
  two.primary_said(now - 1ms, 0);
  two.primary_said(now, 0);
  const change_positions unchanged;
  const database_reads reads{f.loop.waits, f.primary, f.replicas, two, unchanged};
  for (int other = 2; other < 20; ++other) {
    const auto along_with = cache_key::user(other);
    CHECK(reads.may_be_late(key, along_with) == (two.reader_of(key) != two.reader_of(along_with)));
  }
}

TEST_CASE("a replica stands in for what is the primary's only while that is away",
          "[database_reads][postgres]") {
  database_reads_fixture f;
  CHECK(f.sent([&] {
    f.fetch(stood_in, {1});
    f.fetch(primary_only, {1});
  }) == counts{2, 0});
  f.set.primary_said(replica_set::clock::now() - 3s, 0);
  f.set.review(replica_set::clock::now());
  CHECK(f.sent([&] { CHECK(f.fetch(stood_in, {2}) == rows{{"name 2"}}); }) == counts{0, 1});
  CHECK(testing::refusal([&] { f.fetch(primary_only, {2}); }) == problem_type::unavailable);
  CHECK(testing::refusal([&] { f.fetch(stood_in, {1}); }) ==
        problem_type::unavailable);  // shown by the primary
}

TEST_CASE("a server that stood still reads what is the primary's once that has answered",
          "[database_reads][postgres]") {
  database_reads_fixture f;
  f.set.primary_said(replica_set::clock::now() - 3s, 0);
  const auto asked = f.loop.start(f.reads.fetch(primary_only, std::vector<int>{1}));
  f.loop.run_for(20ms);
  CHECK_FALSE(asked->done);
  f.usable();
  f.loop.until([&] { return asked->done; });
  CHECK(asked->get() == rows{{"name 1"}});
}

TEST_CASE("when its connections are lost the primary reads what the replica was asked for",
          "[database_reads][postgres]") {
  database_reads_fixture f;
  f.replicas.back()->stop();
  f.loop.run_for(50ms);
  CHECK(f.sent([&] { CHECK(f.fetch(anywhere, {1}) == rows{{"name 1"}}); }) == counts{1, 0});
}

}  // namespace linnet::storage
