#include <csignal>
#include <future>

#include <catch2/catch.hpp>

#include "storage/database_writer.hpp"
#include "tests/unit/support/database_writer_fixture.hpp"
#include "tests/unit/support/refusal.hpp"

namespace linnet::storage {
namespace {

using testing::refusal;
using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a writer whose connection was terminated while idle replaces it unseen",
          "[database_writer][postgres]") {
  database_writer_fixture f;
  for (int round = 0; round < 3; ++round) {
    CHECK(f.added(round).value);
    REQUIRE(f.server.terminate() >= 1);
  }
  CHECK(f.items() == "0 1 2");
}

TEST_CASE("a transaction whose connection breaks before its commit runs again on another",
          "[database_writer][postgres]") {
  database_writer_fixture f;
  const auto broken_once = f.start<int>([](transaction& tx) {
    tx.exec("INSERT INTO items VALUES (1)");
    if (tx.exec("SELECT nextval('attempts')")[0][0].as<int>() == 1)
      tx.exec("SELECT pg_terminate_backend(pg_backend_pid())");
    return 1;
  });
  wait_for<int>(f.loop, {broken_once});
  CHECK(broken_once->get().value == 1);
  CHECK(f.items() == "1");
}

TEST_CASE("a commit whose connection is lost is not repeated, and its outcome is unknown",
          "[database_writer][postgres]") {
  database_writer_fixture f;
  f.server.execute(
      "CREATE OR REPLACE FUNCTION lose_connection() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON items DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION lose_connection()");
  const auto lost = f.start<int>([](transaction& tx) {
    tx.exec("INSERT INTO items VALUES (1)");
    return tx.exec("SELECT nextval('attempts')")[0][0].as<int>();
  });
  wait_for<int>(f.loop, {lost});
  CHECK(refusal([&] { lost->get(); }) == problem_type::unavailable);
  CHECK(f.attempts() == 1);
  f.server.execute("DROP TRIGGER at_commit ON items");
  CHECK(f.added(1).value);
}

TEST_CASE("who hangs in a transaction holds up others for half of the time that they wait for locks",
          "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 2}, 10s, 1000ms);
  std::promise<void> others_are_through;
  const auto hanging = f.start<int>([&, through = others_are_through.get_future().share()](transaction& tx) {
    tx.exec("INSERT INTO items VALUES (1)");
    const bool hangs = tx.exec("SELECT nextval('attempts')")[0][0].as<int>() == 1;
    if (hangs) through.wait();
    tx.exec("INSERT INTO items VALUES (2)");
    return hangs ? 1 : 2;
  });
  f.loop.until([&] { return f.attempts() == 1; });
  CHECK(f.added(1).value);
  f.server.execute("DELETE FROM items");
  others_are_through.set_value();
  wait_for<int>(f.loop, {hanging});
  CHECK(hanging->get().value == 2);
  CHECK(f.items() == "1 2");
}

TEST_CASE("a backend that hangs alone is left, though the primary answers others",
          "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 1}, 60s, 200ms);
  f.connect.watch_primary([] { return true; });
  std::atomic<int> backend{0};
  std::promise<void> suspended;
  const auto hanging = f.start<int>([&, go_on = suspended.get_future().share()](transaction& tx) {
    const int mine = tx.exec("SELECT pg_backend_pid()")[0][0].as<int>();
    int first = 0;
    backend.compare_exchange_strong(first, mine);
    go_on.wait();
    return tx.exec("SELECT nextval('attempts')")[0][0].as<int>();
  });
  f.loop.until([&] { return backend != 0; });
  REQUIRE(::kill(backend, SIGSTOP) == 0);
  suspended.set_value();
  wait_for<int>(f.loop, {hanging});  // it runs again on another connection
  CHECK(hanging->get().value == 1);
  CHECK(::kill(backend, SIGCONT) == 0);
}

TEST_CASE("a row that somebody holds locked refuses only those who need it", "[database_writer][postgres]") {
  database_writer_fixture f({.threads = 1}, 10s, 1000ms);
  f.server.execute("INSERT INTO items VALUES (1)");
  const auto holder =
      f.connect.connect("SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0");
  pqxx::nontransaction held(*holder);
  held.exec0("BEGIN; DELETE FROM items WHERE id = 1");
  for (int round = 0; round < 3; ++round) {
    const auto blocker = f.block(100ms);  // so that those behind it make one batch
    std::vector<result<bool>> all;
    for (int id = 0; id < 10; ++id) all.push_back(f.start_adding(id == 1 ? 1 : 100 * (round + 1) + id));
    wait_for<bool>(f.loop, all);
    for (int id = 0; id < 10; ++id) {
      if (id == 1) {
        CHECK(refusal([&] { all[1]->get(); }) == problem_type::unavailable);
      } else {
        CHECK(all[static_cast<std::size_t>(id)]->get().value);
      }
    }
    wait_for<int>(f.loop, {blocker});
  }
  held.exec0("ROLLBACK");
  CHECK_FALSE(f.added(1).value);
}

TEST_CASE("while the database is away writes are refused, then taken again", "[database_writer][postgres]") {
  database_writer_fixture f;
  f.added(1);
  f.server.stop();
  CHECK(refusal([&] { f.added(2); }) == problem_type::unavailable);
  f.server.start();
  CHECK(f.added(2).value);
  CHECK(f.items() == "1 2");
}

}  // namespace linnet::storage
