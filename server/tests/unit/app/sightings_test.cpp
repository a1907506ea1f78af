#include "app/sightings.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::app {
namespace {

using namespace std::chrono_literals;

// Of a server whose primary has never answered.
struct sightings_fixture {
  testing::test_loop loop;
  storage::local_cache_options options;
  storage::local_cache_metrics metrics;
  storage::local_cache memory{options, metrics};
  storage::memcached_metrics cache_metrics;
  storage::memcached_options nodes;
  storage::memcached cache{nodes, cache_metrics};
  storage::change_positions positions;
  storage::replica_set replicas{{}, {}, 0ms};
  storage::answered_batches answered;
  storage::connector nowhere{"host=127.0.0.1 port=1", {}, 1000ms};
  storage::change_feed changes{nowhere, {memory, cache, positions, replicas, nullptr}, answered, 37};
  storage::reader_options reading;
  storage::reader_metrics reader_metrics;
  storage::database_reader primary{loop.loop, loop.waits, nowhere, reading, reader_metrics};
  storage::database_reads::replica_readers no_replicas;
  storage::database_reads reads{loop.waits, primary, no_replicas, replicas, positions};
  storage::replica_changes replica_changes{reads, replicas, changes};
  sightings here{loop.waits, changes, replica_changes};
};

}  // namespace

TEST_CASE("what this server may have shown before it heard of it counts like what others have shown") {
  sightings_fixture f;
  CHECK(f.here.is_behind("11.zzzzzzzzz"));  // 37 in base 36
  CHECK(f.here.is_behind("12.zzzzzzzzz"));
}

TEST_CASE("while the primary's clock is unknown there is nothing to tell") {
  sightings_fixture f;
  CHECK(f.here.up_to(std::chrono::steady_clock::time_point::min()).empty());
  CHECK(f.here.up_to(std::chrono::steady_clock::time_point::max()).empty());
}

TEST_CASE("what no server tells is refused") {
  sightings_fixture f;
  for (const auto* text :
       {"", ".", "1", "1.", ".1", "1.2.3", "1,2", "-1.5", "1.-5", "1.zzzzzzzzzzzzzzzz", "1.5 ", "x y"}) {
    CAPTURE(text);
    CHECK(f.here.is_behind(text));
    CHECK(testing::refusal([&] { f.loop.run(f.here.catch_up(text)); }) == problem_type::malformed_request);
  }
}

}  // namespace linnet::app
