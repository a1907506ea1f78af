#include "storage/database_writer.hpp"

#include <future>

#include <catch2/catch.hpp>

#include "tests/unit/support/database_writer_fixture.hpp"
#include "tests/unit/support/refusal.hpp"

namespace linnet::storage {
namespace {

using testing::refusal;
using namespace std::chrono_literals;

// Ends in a serialization failure until the sequence `attempts`, which no rollback undoes, reaches its third
// value.
std::vector<int> add_at_third_attempt(transaction& tx, const std::vector<int>& ids) {
  tx.exec("DO $$ BEGIN IF nextval('attempts') < 3 THEN RAISE SQLSTATE '40001'; END IF; END $$");
  for (const int id : ids) tx.exec("INSERT INTO items VALUES (" + std::to_string(id) + ")");
  return ids;
}

std::vector<int> always_conflict(transaction& tx, const std::vector<int>& ids) {
  tx.exec("SELECT nextval('attempts')");
  tx.exec("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
  return ids;
}

std::vector<int> refuse_odd(transaction& tx, const std::vector<int>& ids) {
  for (const int id : ids) tx.exec("INSERT INTO items VALUES (" + std::to_string(id) + ")");
  for (const int id : ids) {
    if (id % 2) throw std::runtime_error("odd");
  }
  return ids;
}

// Whether no other transaction of this operation ran meanwhile.
std::vector<bool> run_alone(transaction& tx, const std::vector<int>& ids) {
  const bool alone = tx.exec("SELECT pg_try_advisory_xact_lock(41)")[0][0].as<bool>();
  tx.exec("SELECT pg_sleep(0.01)");
  return std::vector<bool>(ids.size(), alone);
}

const write_operation<int, bool> alone{"alone", run_alone, nothing<bool>};
const write_operation<int, int> third_time{"third_time", add_at_third_attempt, nothing<int>};
const write_operation<int, int> conflict{"conflict", always_conflict, nothing<int>};
const write_operation<int, int> only_even{"only_even", refuse_odd, nothing<int>};

}  // namespace

TEST_CASE("writes that wait together are one commit, each with its own outcome",
          "[database_writer][postgres]") {
  database_writer_fixture f;
  f.added(7);
  const auto before = f.metrics.commits.value();
  const auto blocker = f.block(150ms);
  std::vector<result<bool>> writes;
  for (int i = 0; i < 50; ++i) writes.push_back(f.start_adding(i / 2));
  wait_for(f.loop, writes);
  CHECK(f.metrics.commits.value() - before == 2);
  CHECK(f.metrics.requests.value() == 52);
  for (int i = 0; i < 50; ++i)
    CHECK(writes[static_cast<std::size_t>(i)]->get().value == (i % 2 == 0 && i / 2 != 7));
  CHECK(f.writer.queued() == 0);
}

TEST_CASE("a batch is bounded", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 1, .batch_cap = 10});
  const auto blocker = f.block(100ms);
  std::vector<result<bool>> writes;
  for (int i = 0; i < 35; ++i) writes.push_back(f.start_adding(i));
  wait_for(f.loop, writes);
  CHECK(f.metrics.commits.value() == 1 + 4);
}

TEST_CASE("batches of one kind run one after the other, whatever the number of threads",
          "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 3, .batch_cap = 1});
  std::vector<result<bool>> writes;
  for (int i = 0; i < 12; ++i) writes.push_back(f.loop.start(f.writer.submit(f.loop.waits, alone, i)));
  wait_for(f.loop, writes);
  for (const auto& w : writes) CHECK(w->get().value);
  CHECK(f.metrics.commits.value() == 12);
}

TEST_CASE("while a kind of write is under way others go on", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 2});
  f.server.execute("INSERT INTO items VALUES (1)");
  pqxx::connection other(f.server.conninfo());
  pqxx::work holder(other);
  holder.exec("SELECT FROM items WHERE id = 1 FOR UPDATE; DELETE FROM items WHERE id = 1");
  const auto waiting = f.start_adding(1);  // waits for the holder
  const auto passing = f.loop.start(f.writer.submit(f.loop.waits, alone, 2));
  wait_for(f.loop, std::vector<result<bool>>{passing});
  CHECK_FALSE(waiting->done);
  holder.commit();
  wait_for(f.loop, std::vector<result<bool>>{waiting});
  CHECK(waiting->get().value);
}

TEST_CASE("the position of a commit is behind it in the WAL", "[database_writer][postgres]") {
  database_writer_fixture f;
  const auto position = [&] {
    return f.server.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0].as<lsn>();
  };
  lsn last = position();
  for (int i = 0; i < 3; ++i) {
    const auto at = f.added(i).at;
    CHECK(at > last);
    CHECK(at <= position());
    last = at;
  }
}

TEST_CASE("a conflict is tried again from scratch", "[database_writer][postgres]") {
  database_writer_fixture f;
  CHECK(f.loop.run(f.writer.submit(f.loop.waits, third_time, 5)).value == 5);
  CHECK(f.metrics.retries.value() == 2);
  CHECK(f.items() == "5");
}

TEST_CASE("who conflicts too often is told so", "[database_writer][postgres]") {
  database_writer_fixture f;
  CHECK(refusal([&] { f.loop.run(f.writer.submit(f.loop.waits, conflict, 5)); }) ==
        problem_type::unavailable);
  CHECK(f.metrics.retries.value() == 5);
  CHECK(f.added(1).value);
}

TEST_CASE("transactions that deadlock both succeed", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 2});
  f.added(1);
  f.added(2);
  const auto lock_both = [](int first, int second) {
    return [first, second](transaction& tx) {
      tx.exec("UPDATE items SET id = id WHERE id = " + std::to_string(first));
      tx.exec("SELECT pg_sleep(0.2)");
      tx.exec("UPDATE items SET id = id WHERE id = " + std::to_string(second));
      return first;
    };
  };
  const std::vector<result<int>> both{f.start<int>(lock_both(1, 2)), f.start<int>(lock_both(2, 1))};
  wait_for(f.loop, both);
  CHECK(both[0]->get().value == 1);
  CHECK(both[1]->get().value == 2);
  CHECK(f.metrics.retries.value() >= 1);
}

TEST_CASE("a request that the database refuses does not fail its neighbours", "[database_writer][postgres]") {
  database_writer_fixture f;
  const auto blocker = f.block(100ms);
  const std::vector<result<bool>> writes{f.start_adding(1), f.start_adding(-1), f.start_adding(2)};
  wait_for(f.loop, writes);
  CHECK(writes[0]->get().value);
  CHECK(writes[2]->get().value);
  CHECK_THROWS_AS(writes[1]->get(), pqxx::check_violation);
  CHECK(f.items() == "1 2");
}

TEST_CASE("a request that the operation itself refuses does not fail its neighbours",
          "[database_writer][postgres]") {
  database_writer_fixture f;
  const auto blocker = f.block(100ms);
  std::vector<result<int>> writes;
  for (const int id : {2, 3, 4}) writes.push_back(f.loop.start(f.writer.submit(f.loop.waits, only_even, id)));
  wait_for(f.loop, writes);
  CHECK_THROWS_AS(writes[1]->get(), std::runtime_error);
  CHECK_NOTHROW(writes[0]->get());
  CHECK_NOTHROW(writes[2]->get());
  CHECK(f.items() == "2 4");
}

TEST_CASE("a problem thrown by a transaction rolls it back and reaches the caller",
          "[database_writer][postgres]") {
  database_writer_fixture f;
  const auto refused = f.start<int>([](transaction& tx) -> int {
    tx.exec("INSERT INTO items VALUES (1)");
    throw problem(problem_type::conflict, "taken");
  });
  wait_for<int>(f.loop, {refused});
  CHECK(refusal([&] { refused->get(); }) == problem_type::conflict);
  CHECK(f.items().empty());
  CHECK(f.metrics.commits.value() == 0);
  CHECK(f.added(1).value);
}

TEST_CASE("a full queue of writes refuses at once", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 1, .queue_limit = 3});
  const auto blocker = f.block(200ms);
  std::vector<result<bool>> writes;
  for (int i = 0; i < 3; ++i) writes.push_back(f.start_adding(i));
  f.loop.until([&] { return f.writer.queued() == 3; });
  CHECK(refusal([&] { f.added(3); }) == problem_type::overloaded);
  CHECK(refusal([&] { f.start<int>([](transaction&) { return 1; }); }) == problem_type::overloaded);
  wait_for(f.loop, writes);
  CHECK(f.added(4).value);
  CHECK(f.items() == "0 1 2 4");
}

TEST_CASE("what nobody waits for any more is not written", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 1}, 100ms);
  const auto blocker = f.block(400ms);
  CHECK(refusal([&] { f.added(1); }) == problem_type::unavailable);
  f.loop.until([&] { return f.writer.queued() == 0; });
  f.loop.until([&] { return f.metrics.commits.value() == 1; });
  CHECK(f.items().empty());
}

TEST_CASE("a writer that stops finishes what runs and answers everybody", "[database_writer][postgres]") {
  database_writer_fixture f;
  const auto blocker = f.block(100ms);
  const auto waiting = f.start_adding(1);
  f.loop.until([&] { return f.writer.queued() == 1; });
  f.writer.stop();
  f.loop.until([&] { return blocker->done && waiting->done; });
  CHECK_NOTHROW(blocker->get());
  const bool written = !waiting->error;
  CHECK(f.items() == (written ? "1" : ""));
}

TEST_CASE("what was changed for a request that no longer waits is told of", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 1}, 500ms);  // enough for it to begin, on a busy machine too
  std::function<int(transaction&)> late = [](transaction& tx) {
    tx.exec("SELECT pg_sleep(0.8)");
    return 1;
  };
  std::function<changes(const int&)> changed = [](const int&) { return changes{cache_key::user(7)}; };
  const auto write =
      f.loop.start(f.writer.transact<int>(f.loop.waits, "late", std::move(late), std::move(changed)));
  f.loop.until([&] { return write->done; });
  CHECK(refusal([&] { write->get(); }) == problem_type::unavailable);
  auto told = f.unclaimed.get_future();
  REQUIRE(told.wait_for(20s) == std::future_status::ready);
  CHECK(told.get() == changes{cache_key::user(7)});
}

}  // namespace linnet::storage
