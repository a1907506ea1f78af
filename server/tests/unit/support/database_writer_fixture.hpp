// A writer over a table of numbers, and what its tests do with it.
#pragma once

#include <future>
#include <set>

#include <catch2/catch.hpp>

#include "storage/database_writer.hpp"
#include "tests/unit/support/postgres_server.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {

inline constexpr statement add_sql{
    "add_items", "int[]",
    "INSERT INTO items SELECT DISTINCT unnest($1::int[]) ON CONFLICT DO NOTHING RETURNING id"};
inline const statement* const writer_statements[] = {&add_sql, &note_changes};

// True for those that were not there yet.
inline std::vector<bool> add_items(transaction& tx, const std::vector<int>& ids) {
  std::set<int> added;
  for (const auto& row : execute(tx, add_sql, array_of(ids, [](int id) { return std::int64_t{id}; }))) {
    added.insert(row[0].as<int>());
  }
  std::vector<bool> outcomes;
  for (const int id : ids) outcomes.push_back(added.erase(id) != 0);
  return outcomes;
}

template <class Outcome>
changes nothing(const int&, const Outcome&) {
  return {};
}

inline const write_operation<int, bool> add{"add_items", add_items, nothing<bool>};

template <class T>
using result = std::shared_ptr<testing::outcome<committed<T>>>;

struct database_writer_fixture {
  explicit database_writer_fixture(writer_options o = {.threads = 1},
                                   std::chrono::milliseconds timeout = std::chrono::seconds(10),
                                   std::chrono::milliseconds statement_timeout = std::chrono::seconds(5))
      : options(o), loop(timeout), connect(server.conninfo(), writer_statements, statement_timeout) {
    server.execute(
        "DROP TABLE IF EXISTS items; CREATE TABLE items (id int PRIMARY KEY CHECK (id >= 0)); "
        "DROP SEQUENCE IF EXISTS attempts; CREATE SEQUENCE attempts;"
        "DROP TABLE IF EXISTS cache_changes; CREATE TABLE cache_changes (node int, keys bytea)");
  }

  // A test may end while something waits: nobody is to be resumed any more.
  ~database_writer_fixture() { loop.loop.stop(); }

  committed<bool> added(int id) { return loop.run(writer.submit(loop.waits, add, id)); }
  result<bool> start_adding(int id) { return loop.start(writer.submit(loop.waits, add, id)); }
  template <class T>
  result<T> start(std::function<T(transaction&)> work) {
    return loop.start(
        writer.transact<T>(loop.waits, "transaction", std::move(work), [](const T&) { return changes(); }));
  }
  // A transaction that keeps one writer busy; returns once it runs.
  result<int> block(std::chrono::milliseconds time) {
    auto running = std::make_shared<std::atomic<bool>>(false);
    auto blocker = start<int>([running, time](transaction& tx) {
      *running = true;
      tx.exec("SELECT pg_sleep(" + std::to_string(static_cast<double>(time.count()) / 1000) + ")");
      return 0;
    });
    loop.until([&] { return running->load(); });
    return blocker;
  }
  std::string items() const {
    return server.execute("SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM items")[0][0]
        .as<std::string>();
  }

  int attempts() const {
    return server.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM attempts")[0][0]
        .as<int>();
  }

  testing::postgres_server& server = testing::postgres_server::instance();
  writer_options options;
  writer_metrics metrics;
  testing::test_loop loop;
  connector connect;
  answered_batches answered;
  memcached_metrics cache_metrics;
  memcached_options no_nodes;
  memcached cache{no_nodes, cache_metrics};
  std::promise<changes> unclaimed;
  changes not_voided;
  database_writer writer{connect,
                         cache,
                         options,
                         metrics,
                         answered,
                         1,
                         [this](const changes& keys, lsn) {
                           if (!keys.empty()) unclaimed.set_value(keys);
                         },
                         [this](const changes& keys) { not_voided = keys; }};
};

template <class T>
void wait_for(testing::test_loop& loop, const std::vector<result<T>>& all_of_them) {
  for (const auto& r : all_of_them) loop.until([&] { return r->done; });
}

}  // namespace linnet::storage
