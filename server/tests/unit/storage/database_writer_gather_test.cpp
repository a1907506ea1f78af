// What a writer does that is short of processors.
#include <catch2/catch.hpp>

#include "tests/unit/support/database_writer_fixture.hpp"
#include "tests/unit/support/short_of_processors.hpp"

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;

constexpr int few = 7;

// Wants the processor for a while, and so waits for it where it is short.
std::vector<bool> work_and_add_items(transaction& tx, const std::vector<int>& ids) {
  testing::work_for(10ms);
  return add_items(tx, ids);
}

const write_operation<int, bool> work_and_add{"work_and_add_items", work_and_add_items, nothing<bool>};

struct database_writer_gather_fixture : database_writer_fixture {
  using database_writer_fixture::database_writer_fixture;

  committed<bool> added(int id) { return loop.run(writer.submit(loop.waits, work_and_add, id)); }
  result<bool> start_adding(int id) { return loop.start(writer.submit(loop.waits, work_and_add, id)); }
  std::vector<result<bool>> start_adding_ids(int first, int count) {
    std::vector<result<bool>> writes;
    for (int id = first; id < first + count; ++id) writes.push_back(start_adding(id));
    loop.until([&] { return writer.queued() == static_cast<std::size_t>(count) || writes[0]->done; });
    return writes;
  }
};

// A writer whose next batch gathers for as long as its options say.
std::unique_ptr<database_writer_gather_fixture> short_of_processors(writer_options options) {
  testing::postgres_server::instance();  // which is not
  const testing::short_of_processors crowd;
  auto f = std::make_unique<database_writer_gather_fixture>(options);
  for (int id = 1000; id < 1100 && f->metrics.gathers.value() == 0; ++id) {
    f->added(id);
    for (int i = 0; i < 100 && f->metrics.gathers.value() == 0; ++i) f->loop.run_for(10ms);
  }
  REQUIRE(f->metrics.gathers.value() == 1);
  return f;
}

}  // namespace

TEST_CASE("short of processors, a few writes wait until they are enough for a commit",
          "[database_writer][postgres]") {
  const auto f = short_of_processors({.threads = 1, .gather = 60s});
  const auto before = f->metrics.commits.value();
  auto writes = f->start_adding_ids(1, few);
  f->loop.run_for(200ms);
  CHECK(f->writer.queued() == few);
  writes.push_back(f->start_adding(8));
  wait_for(f->loop, writes);
  CHECK(f->metrics.commits.value() == before + 1);
}

TEST_CASE("a few writes wait no longer than for a moment", "[database_writer][postgres]") {
  const auto f = short_of_processors({.threads = 1, .gather = 2s});
  const auto before = f->metrics.commits.value();
  wait_for(f->loop, f->start_adding_ids(1, few));
  CHECK(f->metrics.commits.value() == before + 1);
}

TEST_CASE("while a few writes wait for more, other kinds go on", "[database_writer][postgres]") {
  const auto f = short_of_processors({.threads = 1, .gather = 60s});
  const auto waiting = f->start_adding_ids(1, few);
  wait_for(f->loop, std::vector{f->start<int>([](transaction&) { return 0; })});
  CHECK(f->writer.queued() == few);
}

TEST_CASE("a writer that stops waits for no more", "[database_writer][postgres]") {
  const auto f = short_of_processors({.threads = 1, .gather = 60s});
  const auto waiting = f->start_adding_ids(1, few);
  f->writer.stop();
  wait_for(f->loop, waiting);
  for (const auto& w : waiting) CHECK(w->get().value);
}

TEST_CASE("who is not to wait counts no waits", "[database_writer][postgres]") {
  testing::postgres_server::instance();  // which is not short of processors
  const testing::short_of_processors crowd;
  database_writer_gather_fixture f({.threads = 1, .gather = 0ms});
  for (int id = 1; id <= 20; ++id) CHECK(f.added(id).value);
  CHECK(f.metrics.gathers.value() == 0);
}

TEST_CASE("batches of one wait for no more", "[database_writer][postgres]") {
  const auto f = short_of_processors({.threads = 1, .batch_cap = 1, .gather = 60s});
  CHECK(f->added(1).value);
}

}  // namespace linnet::storage
