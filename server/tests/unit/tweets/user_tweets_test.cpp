// The page of an author's tweets that a replica reads, of which one was deleted meanwhile.
#include <catch2/catch.hpp>

#include "tests/unit/support/postgres_server.hpp"
#include "tests/unit/support/test_loop.hpp"
#include "tweets/service.hpp"

namespace linnet::tweets {
namespace {

using namespace std::chrono_literals;
using testing::postgres_server;

constexpr user_id author = 7;

struct no_observer : tweet_observer {
  void posted(user_id, tweet_id) override {}
  void deleted(user_id, tweet_id) override {}
};

std::vector<const storage::statement*> statements_of_tweets() {
  std::vector<const storage::statement*> wanted;
  for (const auto* s : tweet_store::statements()) {
    if (s->name == "user_tweets_range" || s->name == "tweets_by_id") wanted.push_back(s);
  }
  return wanted;
}

postgres_server& with_five_tweets() {
  auto& server = postgres_server::instance();
  server.execute(
      "DROP TABLE IF EXISTS tweets, tweet_counters;"
      "CREATE TABLE tweets (id bigint, user_id int, content text, created_at timestamptz DEFAULT now());"
      "CREATE TABLE tweet_counters (user_id int, tweet_id bigint, favorites_count bigint);"
      "INSERT INTO tweets SELECT n, 7, 'number ' || n FROM generate_series(1, 5) AS n");
  return server;
}

// One PostgreSQL is the primary and the replica, which says that it has replayed up to 0.
struct user_tweets_fixture {
  user_tweets_fixture() {
    replicas.push_back(
        std::make_unique<storage::database_reader>(loop.loop, loop.waits, connect, options, of_replica));
    replicas.back()->read_from(*set.all()[0], primary);
    primary.note_positions(positions);
    primary.start();
    replicas.back()->start();
    loop.until([&] { return replicas.back()->connected() && primary.connected(); });
    const auto now = storage::replica_set::clock::now();
    set.all()[0]->heard(0, now);
    set.primary_said(now - 1ms, 0);
    set.primary_said(now, 0);
  }
  ~user_tweets_fixture() {
    for (auto& r : replicas) r->stop();
    primary.stop();
    loop.run_for(50ms);
    connect.stop();
    server.execute("DROP TABLE tweets, tweet_counters");
  }
  // As a reader finds it who asked for the tweet itself: it is known not to exist.
  void is_known_to_be_gone(tweet_id id) {
    const auto key = cache_key::tweet(id);
    positions.note(key, 100);
    memory.admits(key);
    const auto found = memory.acquire(key);
    REQUIRE(found.what == storage::local_cache::state::lead);
    memory.land(key, found.flying, nullptr);
  }
  tweets_page page(int per_page) {
    auto profile = std::make_shared<users::profile>();
    profile->id = author;
    return loop.run(tweets.user_tweets(profile, page_request{1, per_page, std::nullopt}, std::nullopt));
  }

  postgres_server& server = with_five_tweets();
  const std::vector<const storage::statement*> prepared = statements_of_tweets();
  storage::reader_options options{.connections = 1};
  storage::reader_metrics of_primary, of_replica;
  testing::test_loop loop;
  storage::connector connect{server.conninfo(), prepared, 5000ms};
  storage::replica_set set{{"host=none port=1"}, prepared, 1000ms};
  storage::change_positions positions;
  storage::database_reader primary{loop.loop, loop.waits, connect, options, of_primary};
  storage::database_reads::replica_readers replicas;
  storage::memcached_metrics cache_metrics;
  storage::memcached_options no_nodes;
  storage::memcached cache{no_nodes, cache_metrics};
  storage::local_cache_options memory_options{.ttl = 1h};
  storage::local_cache_metrics memory_metrics;
  storage::local_cache memory{memory_options, memory_metrics};
  storage::connector nowhere{"host=127.0.0.1 port=1", {}, 1000ms};
  storage::answered_batches answered;
  storage::writer_options writing{.threads = 0};
  storage::writer_metrics writer_metrics;
  storage::database_writer writer{nowhere, cache, writing, writer_metrics, answered, 1, nullptr, nullptr};
  storage::database_reads reads{loop.waits, primary, replicas, set, positions};
  std::atomic<bool> rows_left{false};
  storage::backends backends{loop.waits, reads, writer, cache, memory, positions, rows_left};
  users::password_options password_options{.memory_kib = 8, .iterations = 1};
  users::password_hasher passwords{password_options};
  users::user_service users{backends, passwords};
  id_generator ids{1};
  no_observer observer;
  tweet_service tweets{backends, users, ids, observer};
};

std::vector<tweet_id> ids_of(const tweets_page& page) {
  std::vector<tweet_id> ids;
  for (const auto& item : page.items) ids.push_back(item.tweet->id);
  return ids;
}

}  // namespace

TEST_CASE("a tweet that is gone leaves a page shorter, and says nothing about those behind it",
          "[tweets][postgres]") {
  user_tweets_fixture f;
  f.is_known_to_be_gone(4);
  const auto page = f.page(3);
  CHECK(ids_of(page) == std::vector<tweet_id>{5, 3});
  CHECK(page.more);
  CHECK(page.last->id == 3);
}

TEST_CASE("a last tweet that is gone is still where the next page begins", "[tweets][postgres]") {
  user_tweets_fixture f;
  f.is_known_to_be_gone(3);
  const auto page = f.page(3);
  CHECK(ids_of(page) == std::vector<tweet_id>{5, 4});
  CHECK(page.more);
  CHECK(page.last->id == 3);
}

}  // namespace linnet::tweets
