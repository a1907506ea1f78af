#include "storage/replica_set.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "storage/change_positions.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;
using clock = replica_set::clock;

// Two replicas, a primary at position 1000, and a clock of its own.
struct replica_set_fixture {
  replica_set_fixture() {
    both_say(1000);
    primary_says(1000);
    primary_says(1000);
  }
  void pass(std::chrono::milliseconds time) { now += time; }
  void primary_says(lsn at) {
    pass(1ms);
    set.primary_said(now, at);
    set.review(now);
  }
  void say(std::size_t who, lsn at) { set.all()[who]->heard(at, now); }
  void both_say(lsn at) {
    say(0, at);
    say(1, at);
  }
  std::set<int> readers() const {
    std::set<int> found;
    for (int id = 1; id <= 100; ++id) found.insert(set.reader_of(cache_key::user(id)));
    return found;
  }

  bool refused_at_once(testing::test_loop& on) {
    const auto asked = on.start(set.primary_answers_soon());
    on.loop.poll();
    return asked->done && !asked->get();
  }

  clock::time_point now = clock::now();
  replica_set set{{"host=a port=1", "host='b' port=2"}, {}, 100ms};
};

constexpr int primary = -1;

}  // namespace

TEST_CASE("objects are spread over the replicas, and each is always read from the same one") {
  replica_set_fixture f;
  CHECK(f.readers() == std::set<int>{0, 1});
  const auto key = cache_key::user(7);
  const int reader = f.set.reader_of(key);
  f.both_say(2000);
  f.primary_says(2000);
  CHECK(f.set.reader_of(key) == reader);
  CHECK(f.set.all()[1]->name == "b:2");
}

TEST_CASE("a replica that falls silent is not read from, within a second, until it speaks again") {
  replica_set_fixture f;
  f.pass(replica_set::silence_limit + 1ms);
  f.say(1, 1000);
  f.set.review(f.now);
  CHECK(f.readers() == std::set<int>{primary});  // until it was heard what the two may have shown
  f.primary_says(1000);
  CHECK(f.readers() == std::set<int>{1});
  f.both_say(1000);
  f.set.review(f.now);
  CHECK(f.readers() == std::set<int>{primary});
  f.primary_says(1000);
  CHECK(f.readers() == std::set<int>{0, 1});
}

TEST_CASE("a replica that lags by more than the limit is not read from") {
  replica_set_fixture f;
  f.primary_says(5000);
  f.say(0, 5000);
  f.say(1, 4999);
  for (auto waited = 0ms; waited < replica_set::lag_limit; waited += 500ms) {
    f.primary_says(6000);
    CHECK(f.set.is_usable(1));
    f.pass(500ms);
    f.say(0, 6000);
    f.say(1, 4999);
  }
  CHECK(f.set.lag(0) == 0s);
  f.primary_says(6000);
  f.primary_says(6000);
  CHECK(f.readers() == std::set<int>{0});
  f.say(1, 6000);
  f.primary_says(6000);
  f.primary_says(6000);
  CHECK(f.readers() == std::set<int>{0, 1});
}

TEST_CASE(
    "while the primary is away replicas are read from however far they are, and change places at once") {
  replica_set_fixture f;
  f.primary_says(5000);
  f.pass(3s);
  f.both_say(1000);
  f.set.review(f.now);
  CHECK_FALSE(f.set.primary_answers(f.now));
  CHECK(f.readers() == std::set<int>{0, 1});
  f.pass(replica_set::silence_limit + 1ms);
  f.say(0, 1000);
  f.set.review(f.now);
  CHECK(f.readers() == std::set<int>{0});
}

TEST_CASE("a server that stood still waits a moment to hear of the primary") {
  replica_set_fixture f;
  testing::test_loop loop;
  CHECK(loop.run(f.set.primary_answers_soon()));
  f.set.primary_said(clock::now() - 1h, 1000);
  const auto asked = loop.start(f.set.primary_answers_soon());
  loop.run_for(50ms);
  CHECK_FALSE(asked->done);
  f.set.primary_said(clock::now(), 1000);
  loop.until([&] { return asked->done; });
  CHECK(asked->get());
}

TEST_CASE("nobody waits long for a primary that doesn't answer, and who comes later not at all") {
  replica_set_fixture f;
  testing::test_loop loop;
  f.set.primary_said(clock::now() - 1h, 1000);
  const auto begun = clock::now();
  CHECK_FALSE(loop.run(f.set.primary_answers_soon()));
  CHECK(clock::now() - begun >= 1s);
  CHECK(f.refused_at_once(loop));
  f.set.primary_said(clock::now() - 1h, 1000);
  CHECK_FALSE(f.refused_at_once(loop));
}

TEST_CASE("nobody waits for a primary that can't be asked") {
  replica_set_fixture f;
  testing::test_loop loop;
  f.set.primary_said(clock::now() - 1h, 1000);
  f.set.primary_failed();
  CHECK(f.refused_at_once(loop));
}

TEST_CASE("without replicas the primary reads everything") {
  replica_set none{{}, {}, 100ms};
  none.primary_said(clock::now(), 1000);
  none.review(clock::now());
  CHECK(none.reader_of(cache_key::user(1)) == primary);
}

TEST_CASE("the newest position of an object counts, and what was before counts for all") {
  change_positions positions;
  const auto key = cache_key::user(1), other = cache_key::user(2);
  CHECK(positions.of(key) == 0);
  positions.note(key, 20);
  positions.note(key, 10);
  CHECK(positions.of(key) == 20);
  CHECK(positions.of(other) == 0);
  positions.note_all(15);
  CHECK(positions.of(key) == 20);
  CHECK(positions.of(other) == 15);
}

}  // namespace linnet::storage
