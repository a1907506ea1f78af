#include <csignal>

#include <catch2/catch.hpp>

#include "storage/database_reads.hpp"
#include "tests/unit/support/postgres_server.hpp"
#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::postgres_server;
using testing::refusal;
using testing::test_loop;
using namespace std::chrono_literals;

constexpr statement words_sql{"words_by_number", "int[]",
                              "SELECT k.n, w.word FROM unnest($1::int[]) WITH ORDINALITY AS k(number, n) "
                              "JOIN words w ON w.number = k.number "
                              "ORDER BY w.word DESC"};
constexpr statement sleep_sql{"sleep_for", "int[]",
                              "SELECT k.n, 'slept' FROM unnest($1::int[]) WITH ORDINALITY AS k(ms, n), "
                              "LATERAL (SELECT pg_sleep(k.ms / 1000.0)) s"};
constexpr statement nap_sql{"nap_for", sleep_sql.types, sleep_sql.sql};
constexpr statement fraction_sql{
    "fraction_of", "int[]", "SELECT k.n, (1 / k.v)::text FROM unnest($1::int[]) WITH ORDINALITY AS k(v, n)"};
constexpr const statement* reader_statements[] = {&words_sql, &sleep_sql, &nap_sql, &fraction_sql};

void bind(const int& key, std::vector<array_text>& parameters) {
  parameters[0].add(std::int64_t{key});
}
std::string parse(const pqxx::row& row) {
  return row[1].as<std::string>();
}

const read_statement<int, std::string> words{words_sql, 1, bind, parse};
const read_statement<int, std::string> sleeps{sleep_sql, 1, bind, parse};
const read_statement<int, std::string> naps{nap_sql, 1, bind, parse};
const read_statement<int, std::string> fractions{fraction_sql, 1, bind, parse};

using rows = std::vector<std::vector<std::string>>;

struct database_reader_fixture {
  explicit database_reader_fixture(reader_options o = {}, std::chrono::milliseconds timeout = 10s)
      : options(o), loop(timeout) {
    server.execute(
        "DROP TABLE IF EXISTS words; CREATE TABLE words (number int, word text); "
        "INSERT INTO words VALUES (1, 'one'), (2, 'two'), (2, 'zwei'), (3, 'quo''te')");
  }
  ~database_reader_fixture() {
    reader.stop();
    loop.run_for(50ms);
    connect.stop();
  }
  int connections() const {
    return server
        .execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'linnet-server'")[0][0]
        .as<int>();
  }
  rows fetch(std::vector<int> keys) { return loop.run(reads.fetch(words, std::move(keys))); }

  postgres_server& server = postgres_server::instance();
  reader_options options;
  reader_metrics metrics;
  test_loop loop;
  connector connect{server.conninfo(), reader_statements, 5000ms};
  database_reader reader{loop.loop, loop.waits, connect, options, metrics};
  replica_set set{{}, {}, 0ms};
  change_positions positions;
  database_reads::replica_readers no_replicas;
  database_reads reads{loop.waits, reader, no_replicas, set, positions};
};

}  // namespace

TEST_CASE("each key gets its own rows, in the statement's order", "[database_reader][postgres]") {
  database_reader_fixture f;
  f.reader.start();
  CHECK(f.fetch({2, 9, 1, 3, 2}) == rows{{"zwei", "two"}, {}, {"one"}, {"quo'te"}, {"zwei", "two"}});
  CHECK(f.fetch({9}) == rows{{}});
  CHECK(f.reader.queued_keys() == 0);
}

TEST_CASE("reads that wait together are one statement", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1});
  f.reader.start();
  f.fetch({1});
  const auto before = f.metrics.statements.value();
  std::vector<std::shared_ptr<testing::outcome<rows>>> reads;
  for (int i = 0; i < 100; ++i) reads.push_back(f.loop.start(f.reads.fetch(words, {i % 4, 1})));
  for (auto& r : reads) f.loop.until([&] { return r->done; });
  CHECK(f.metrics.statements.value() - before <= 2);
  CHECK(f.metrics.keys.value() == 201);
  for (int i = 0; i < 100; ++i) {
    const auto found = reads[static_cast<std::size_t>(i)]->get();
    REQUIRE(found.size() == 2);
    CHECK(found[0].size() == static_cast<std::size_t>(i % 4 == 2 ? 2 : i % 4 == 0 ? 0 : 1));
    CHECK(found[1] == std::vector<std::string>{"one"});
  }
}

TEST_CASE("a batch is bounded, but a read is never cut", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1, .batch_cap = 10});
  std::vector<std::shared_ptr<testing::outcome<rows>>> reads;
  for (int i = 0; i < 10; ++i) reads.push_back(f.loop.start(f.reads.fetch(words, {1, 2, 3})));
  reads.push_back(f.loop.start(f.reads.fetch(words, std::vector<int>(25, 1))));
  f.loop.until([&] { return f.reader.queued_keys() == 55; });
  f.reader.start();
  for (auto& r : reads) f.loop.until([&] { return r->done; });
  CHECK(f.metrics.statements.value() == 5);
  CHECK(reads.back()->get() == rows(25, {"one"}));
}

TEST_CASE("statements take turns", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1, .batch_cap = 1});
  std::vector<std::shared_ptr<testing::outcome<rows>>> reads;
  for (int i = 0; i < 3; ++i) reads.push_back(f.loop.start(f.reads.fetch(sleeps, {30})));
  reads.push_back(f.loop.start(f.reads.fetch(words, {1})));
  f.loop.until([&] { return f.reader.queued_keys() == 4; });
  f.reader.start();
  f.loop.until([&] { return reads[3]->done; });
  CHECK_FALSE(reads[1]->done);
  for (auto& r : reads) f.loop.until([&] { return r->done; });
}

TEST_CASE("a full queue refuses at once", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1, .queue_limit = 8});
  std::vector<std::shared_ptr<testing::outcome<rows>>> reads;
  for (int i = 0; i < 4; ++i) reads.push_back(f.loop.start(f.reads.fetch(words, {1, 2})));
  f.loop.until([&] { return f.reader.queued_keys() == 8; });
  CHECK(refusal([&] { f.fetch({1}); }) == problem_type::overloaded);
  f.reader.start();
  for (auto& r : reads) f.loop.until([&] { return r->done; });
  CHECK(reads.front()->get() == rows{{"one"}, {"zwei", "two"}});
  CHECK(f.fetch({1}) == rows{{"one"}});
}

TEST_CASE("what nobody waits for any more is not read", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1}, 100ms);
  CHECK(refusal([&] { f.fetch({1, 2}); }) == problem_type::unavailable);
  CHECK(f.reader.queued_keys() == 2);
  f.reader.start();
  f.loop.until([&] { return f.reader.queued_keys() == 0; });
  CHECK(f.metrics.keys.value() == 0);
}

TEST_CASE("a connection that was terminated while idle is replaced unseen", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 2});
  f.reader.start();
  for (int round = 0; round < 3; ++round) {
    CHECK(f.fetch({1}) == rows{{"one"}});
    f.loop.run_for(100ms);
    REQUIRE(f.server.terminate() >= 1);
    CHECK(f.fetch({1}) == rows{{"one"}});
  }
}

TEST_CASE("a read whose connection is terminated under it is read again", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1});
  f.reader.start();
  f.fetch({1});
  const auto slow = f.loop.start(f.reads.fetch(sleeps, {1000}));
  f.loop.until([&] { return f.server.terminate("state = 'active'") == 1; });
  f.loop.until([&] { return slow->done; });
  CHECK(refusal([&] { CHECK(slow->get() == rows{{"slept"}}); }) == std::nullopt);
}

TEST_CASE("a statement that fails, fails its readers and nobody after", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1});
  f.reader.start();
  CHECK_THROWS_AS(f.loop.run(f.reads.fetch(fractions, {1, 0})), pqxx::sql_error);
  CHECK(f.loop.run(f.reads.fetch(fractions, {1})) == rows{{"1"}});
}

TEST_CASE("a database that hangs costs the request's time, then the connection is given up",
          "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1}, 300ms);
  f.reader.start();
  f.fetch({1});
  const auto pid =
      f.server.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'linnet-server'")[0][0]
          .as<int>();
  REQUIRE(kill(pid, SIGSTOP) == 0);
  f.loop.run_for(50ms);  // it stands still soon, not at once
  const auto begin = waiter::clock::now();
  CHECK(refusal([&] { f.fetch({1}); }) == problem_type::unavailable);
  CHECK(waiter::clock::now() - begin < 5s);
  f.reader.sweep(waiter::clock::now() + 1s);
  f.loop.run_for(200ms);
  CHECK(f.fetch({1}) == rows{{"one"}});
  kill(pid, SIGCONT);
}

TEST_CASE("connections to a database that hangs do not keep their connector when they are given up",
          "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 2}, 300ms);
  f.reader.start();
  f.loop.until([&] { return f.connections() == 2; });
  const struct pause {
    explicit pause(const postgres_server& s) : server(s) { server.pause(); }
    ~pause() { server.resume(); }
    const postgres_server& server;
  } hanging(f.server);
  const auto one = f.loop.start(f.reads.fetch(sleeps, {3000}));
  const auto other = f.loop.start(f.reads.fetch(naps, {3000}));
  f.loop.until([&] { return one->done && other->done; });
  CHECK(f.metrics.statements.value() == 2);
  f.reader.sweep(waiter::clock::now() + 1s);
  f.loop.run_for(200ms);  // both are given up
  std::atomic<bool> heard{false};
  f.connect.post([&] { heard = true; });
  f.loop.until([&] { return heard.load(); });
}

TEST_CASE("while the database is away reads are refused, then served again", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1});
  f.reader.start();
  f.fetch({1});
  CHECK(f.reader.available());
  f.server.stop();
  CHECK(refusal([&] { f.fetch({1}); }) == problem_type::unavailable);
  CHECK_FALSE(f.reader.available());
  const auto begin = waiter::clock::now();
  CHECK(refusal([&] { f.fetch({1}); }) == problem_type::unavailable);
  CHECK(waiter::clock::now() - begin < 1s);
  f.server.start();
  f.loop.until([&] { return f.reader.available(); });
  CHECK(f.fetch({1}) == rows{{"one"}});
}

// The read goes back to the queue with its first connection, which can't be opened again; the other one is
// idle.
TEST_CASE("a database that is away is noticed by the first read, on however many connections",
          "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 3}, 3s);
  f.reader.start();
  for (int i = 0; i < 6; ++i) f.fetch({1});
  f.loop.run_for(100ms);
  f.server.stop();
  const auto begin = waiter::clock::now();
  CHECK(refusal([&] { f.fetch({1}); }) == problem_type::unavailable);
  CHECK(waiter::clock::now() - begin < 2s);
  f.server.start();
  f.loop.until([&] { return refusal([&] { f.fetch({1}); }) == std::nullopt; });
}

TEST_CASE("a reader that stops tells those who wait", "[database_reader][postgres]") {
  database_reader_fixture f({.connections = 1});
  const auto waiting = f.loop.start(f.reads.fetch(words, {1}));
  f.loop.until([&] { return f.reader.queued_keys() == 1; });
  f.reader.stop();
  f.loop.until([&] { return waiting->done; });
  CHECK(refusal([&] { waiting->get(); }) == problem_type::unavailable);
}

}  // namespace linnet::storage
