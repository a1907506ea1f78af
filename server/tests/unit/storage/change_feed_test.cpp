#include "storage/change_feed.hpp"

#include <array>
#include <thread>

#include <catch2/catch.hpp>

#include "storage/transaction.hpp"
#include "tests/unit/support/outbox.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::note;
using testing::postgres_server;
using testing::test_loop;
using namespace std::chrono_literals;
using state = local_cache::state;

constexpr int here = 1, elsewhere = 2;
const auto profile = cache_key::user(7);
const auto session = cache_key::session(std::string(32, '\x11'));

struct change_feed_fixture {
  change_feed_fixture() {
    testing::create_outbox(server);
    feed.start();
    REQUIRE(soon([&] { return feed.memory_is_current(); }));
  }

  void keep(const cache_key& key) { testing::keep(memory, key); }
  bool keeps(const cache_key& key) { return testing::keeps(memory, key); }
  template <class Condition>
  static bool soon(Condition met) {
    for (int i = 0; i < 500 && !met(); ++i) std::this_thread::sleep_for(10ms);
    return met();
  }

  postgres_server& server = postgres_server::instance();
  local_cache_options options{.ttl = 1s, .told_ttl = 3600s};
  local_cache_metrics metrics;
  local_cache memory{options, metrics};
  connector connect{server.conninfo(), change_log_statements(), 5000ms};
  memcached_metrics cache_metrics;
  memcached_options nodes;
  memcached cache{nodes, cache_metrics};
  change_positions positions;
  replica_set replicas{{}, {}, 0ms};
  answered_batches answered;
  change_feed::posts posted;
  change_feed feed{
      connect,
      {memory, cache, positions, replicas,
       [this](const change_feed::posts& fresh) { posted.insert(posted.end(), fresh.begin(), fresh.end()); }},
      answered,
      here};
};

}  // namespace

TEST_CASE("changes are written as bytes and read back", "[change_feed]") {
  const changes keys{cache_key::user(0),
                     cache_key::user(127),
                     cache_key::user(128),
                     cache_key::tweet(std::numeric_limits<tweet_id>::max()),
                     cache_key::username("abcdefghijklmno"),
                     cache_key::favorite(2'000'000'000, 118'357'533'889'921'027),
                     session};
  CHECK(decode_changes(encode_changes(keys)) == keys);
  CHECK(changes_in(hex_of(keys)) == keys);
  CHECK(decode_changes("").empty());
  const auto bytes = encode_changes(keys);
  CHECK_THROWS_AS(decode_changes(std::string_view(bytes).substr(0, bytes.size() - 1)), std::invalid_argument);
}

TEST_CASE("what was read before the last answered question has been heard of", "[change_feed]") {
  change_feed_fixture f;
  const auto read = local_cache::clock::now();
  REQUIRE(f.soon([&] { return f.feed.heard_since(read).has_value(); }));
  CHECK(f.feed.has_heard(*f.feed.heard_since(read)));
  CHECK(*f.feed.heard_since(read) < *f.feed.primary_time());
  CHECK_FALSE(f.feed.heard_since(local_cache::clock::now()));
  CHECK_FALSE(f.feed.heard_since(local_cache::clock::time_point::max()));
  f.feed.stop();
  const auto later = local_cache::clock::now();
  std::this_thread::sleep_for(100ms);
  CHECK_FALSE(f.feed.heard_since(later));
}

TEST_CASE("what is known of answered batches is bounded", "[change_feed]") {
  answered_batches answered;
  CHECK_FALSE(answered.take(0));
  answered.add(0);
  CHECK(answered.take(0));
  CHECK_FALSE(answered.take(0));
  answered.add(1);
  CHECK_FALSE(answered.take(1 + 65'536));
  answered.add(1 + 65'536);
  CHECK_FALSE(answered.take(1));
  CHECK(answered.take(1 + 65'536));
}

TEST_CASE("what another server changes leaves this server's memory within the lease",
          "[change_feed][postgres]") {
  change_feed_fixture f;
  f.keep(profile);
  f.keep(session);
  f.keep(cache_key::user(8));
  f.server.execute(note({profile, session}, elsewhere));
  std::this_thread::sleep_for(change_feed::lease);
  CHECK((!f.feed.memory_is_current() || !f.keeps(profile)));
  CHECK(f.soon([&] { return !f.keeps(profile) && !f.keeps(session); }));
  CHECK(f.keeps(cache_key::user(8)));
  CHECK(f.memory.changed_lately(profile));
  CHECK_FALSE(f.memory.changed_lately(cache_key::user(8)));
}

TEST_CASE("of its own changes a server takes up those whose requests did not hear of them",
          "[change_feed][postgres]") {
  change_feed_fixture f;
  f.keep(profile);
  f.keep(cache_key::user(8));
  f.answered.add(5);
  f.server.execute(note({profile}, here, 5));
  f.server.execute(note({cache_key::user(8)}, here, 6));
  CHECK(f.soon([&] { return !f.keeps(cache_key::user(8)); }));
  f.keep(session);
  f.server.execute(note({session}, elsewhere));
  CHECK(f.soon([&] { return !f.keeps(session); }));
  CHECK(f.keeps(profile));
}

TEST_CASE("a row that can't be read voids everything, and no more", "[change_feed][postgres]") {
  change_feed_fixture f;
  f.keep(profile);
  f.server.execute("INSERT INTO cache_changes (node, keys) VALUES (2, '\\x75')");
  CHECK(f.soon([&] { return !f.keeps(profile); }));
  f.keep(profile);
  f.server.execute(note({profile}, elsewhere));
  CHECK(f.soon([&] { return !f.keeps(profile); }));
  CHECK(f.feed.memory_is_current());
}

TEST_CASE("a transaction that commits after later ones is heard", "[change_feed][postgres]") {
  change_feed_fixture f;
  pqxx::connection slow(f.server.conninfo());
  transaction late(slow);
  late.exec(note({profile}, elsewhere));
  for (int user = 100; user < 110; ++user) {
    f.keep(cache_key::user(user));
    f.server.execute(note({cache_key::user(user)}, elsewhere));
    CHECK(f.soon([&] { return !f.keeps(cache_key::user(user)); }));
  }
  f.keep(profile);
  late.commit();
  CHECK(f.soon([&] { return !f.keeps(profile); }));
}

TEST_CASE("a change is heard once, while the transactions before it are open", "[change_feed][postgres]") {
  change_feed_fixture f;
  pqxx::connection slow(f.server.conninfo());
  transaction open(slow);
  open.exec(note({session}, elsewhere));
  f.keep(profile);
  f.server.execute(note({profile}, elsewhere));
  CHECK(f.soon([&] { return !f.keeps(profile); }));
  f.keep(profile);
  std::this_thread::sleep_for(200ms);  // some polls
  CHECK(f.keeps(profile));
}

TEST_CASE("old rows are deleted while a transaction is open, and its own row is not",
          "[change_log][postgres]") {
  auto& server = postgres_server::instance();
  testing::create_outbox(server);
  connector connect{server.conninfo(), change_log_statements(), 5000ms};
  const auto link = connect.connect();
  const auto snapshot = [&] {
    return connect.run(*link, 1s, cache_changes_since, before_all).front()[6].as<std::string>();
  };
  const auto left = [&] { return connect.run(*link, 1s, cache_changes_since, before_all).size(); };

  server.execute(note({profile}, elsewhere));
  pqxx::connection slow(server.conninfo());
  transaction open(slow);
  open.exec(note({session}, elsewhere));
  server.execute(note({profile}, elsewhere));
  const auto while_open = snapshot();
  server.execute(note({cache_key::user(8)}, elsewhere));
  connect.run(*link, 1s, forget_cache_changes, before_all, while_open);
  CHECK(left() == 1);
  open.commit();
  CHECK(left() == 2);
  connect.run(*link, 1s, forget_cache_changes, while_open, snapshot());
  CHECK(connect.run(*link, 1s, cache_changes_since, before_all).front()[0].is_null());
}

TEST_CASE("who ends a session waits for a lease", "[change_feed]") {
  test_loop loop;
  const auto begin = std::chrono::steady_clock::now();
  loop.run(change_feed::take_effect());
  CHECK(std::chrono::steady_clock::now() - begin >= change_feed::lease);
}

TEST_CASE("memory is not believed for long while the database is away, and then begins anew",
          "[change_feed][postgres]") {
  change_feed_fixture f;
  REQUIRE(f.feed.primary_answers());
  f.keep(profile);
  f.keep(session);
  f.server.stop();
  std::this_thread::sleep_for(f.options.ttl + change_feed::lease);
  CHECK_FALSE(f.feed.memory_is_current());
  CHECK(f.memory.acquire(profile).what == state::lead);
  CHECK(f.soon([&] { return !f.feed.primary_answers(); }));
  CHECK(f.keeps(session));
  f.server.start();
  REQUIRE(f.soon([&] { return f.feed.memory_is_current(); }));
  CHECK_FALSE(f.keeps(session));
}

TEST_CASE("who waits for all that was committed learns of it in the next question, at once",
          "[change_feed][postgres]") {
  test_loop loop;  // outlives the feed, which posts to it
  change_feed_fixture f;
  f.keep(profile);
  f.server.execute(note({profile, cache_key::posted(7, 99)}, elsewhere));
  loop.run(f.feed.hear_all(loop.waits));
  CHECK_FALSE(f.keeps(profile));
  CHECK(f.posted == change_feed::posts{{7, 99}});
}

TEST_CASE("who waits learns of tweets that were posted while the connection was lost",
          "[change_feed][postgres]") {
  test_loop loop;  // outlives the feed, which posts to it
  change_feed_fixture f;
  f.server.execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();" +
      note({cache_key::posted(7, 99)}, elsewhere));
  CHECK(f.soon([&] { return loop.run(f.feed.hear_all(loop.waits)); }));
  CHECK(f.posted == change_feed::posts{{7, 99}});
}

TEST_CASE("the primary's clock is never taken to be earlier than it is", "[change_feed][postgres]") {
  test_loop loop;  // outlives the feed, which posts to it
  change_feed_fixture f;
  const auto before = f.feed.primary_time();
  REQUIRE(before);
  loop.run(f.feed.hear_all(loop.waits));
  const auto primary =
      f.server.execute("SELECT " LINNET_MICROS("clock_timestamp()"))[0][0].as<std::int64_t>();
  CHECK(primary <= *f.feed.primary_time());
  CHECK_FALSE(f.feed.has_heard(*f.feed.primary_time() + 1'000'000));
}

TEST_CASE("a change tells where a replica has to be", "[change_feed][postgres]") {
  test_loop loop;  // outlives the feed, which posts to it
  change_feed_fixture f;
  const auto at_first = f.positions.of(profile);
  CHECK(at_first > 0);  // what was before this server listened
  f.server.execute(note({profile}, elsewhere));
  loop.run(f.feed.hear_all(loop.waits));
  CHECK(f.positions.of(profile) > at_first);
  CHECK(f.positions.of(cache_key::user(8)) == at_first);
}

TEST_CASE("nobody waits for news while the primary is away", "[change_feed][postgres]") {
  test_loop loop;  // outlives the feed, which posts to it
  change_feed_fixture f;
  f.server.stop();
  CHECK(f.soon([&] { return !f.feed.primary_answers(); }));
  loop.run(f.feed.hear_all(loop.waits));
  f.server.start();
}

}  // namespace linnet::storage
