#include "cleaning/store.hpp"

#include <array>
#include <map>

#include "connections/store.hpp"
#include "favorites/store.hpp"
#include "tweets/store.hpp"

namespace linnet::cleaning {

using storage::array_of;
using storage::execute;
using storage::statement;
using storage::transaction;

namespace {

constexpr statement clean_user_next{
    "clean_user_next", "int",
    "SELECT user_id FROM deleted_users WHERE user_id > $1 ORDER BY user_id LIMIT 1 FOR UPDATE SKIP LOCKED"};

// Followees first: an account has 2,500 at most. Then followers.
constexpr statement clean_user_connections{
    "clean_user_connections", "int, int",
    "WITH picked AS MATERIALIZED ((SELECT follower_id, followee_id, NULL::timestamptz AS created_at"
    "   FROM connections WHERE follower_id = $1 ORDER BY followee_id LIMIT $2)"
    "  UNION ALL (SELECT c.* FROM deleted_users d CROSS JOIN LATERAL"
    "   (SELECT follower_id, followee_id, created_at FROM connections"
    "    WHERE followee_id = d.user_id AND created_at <= d.followers_before"
    "    ORDER BY created_at DESC, follower_id DESC LIMIT $2) c WHERE d.user_id = $1) LIMIT $2),"
    " moved AS (UPDATE deleted_users SET followers_before ="
    "  coalesce((SELECT min(created_at) FROM picked), followers_before) WHERE user_id = $1 AND EXISTS "
    "(SELECT FROM picked))"
    " SELECT follower_id, followee_id FROM picked"};

constexpr statement clean_user_favorites{
    "clean_user_favorites", "int, int",
    "WITH picked AS MATERIALIZED (SELECT f.* FROM deleted_users d CROSS JOIN LATERAL"
    "   (SELECT user_id, tweet_user_id, tweet_id FROM favorites"
    "    WHERE user_id = d.user_id AND tweet_id > d.favorites_after ORDER BY tweet_id LIMIT $2) f"
    "   WHERE d.user_id = $1),"
    " moved AS (UPDATE deleted_users SET favorites_after = (SELECT max(tweet_id) FROM picked)"
    "  WHERE user_id = $1 AND EXISTS (SELECT FROM picked))"
    " SELECT user_id, tweet_user_id, tweet_id FROM picked"};

constexpr statement clean_user_tweets{
    "clean_user_tweets", "int, int",
    "WITH picked AS MATERIALIZED (SELECT id FROM tweets WHERE user_id = $1"
    "   AND id > (SELECT tweets_after FROM deleted_users WHERE user_id = $1) ORDER BY id LIMIT $2 FOR "
    "UPDATE),"
    " moved AS (UPDATE deleted_users SET tweets_after = (SELECT max(id) FROM picked)"
    "  WHERE user_id = $1 AND EXISTS (SELECT FROM picked))"
    " SELECT id FROM picked"};

constexpr statement clean_user_keys{
    "clean_user_keys", "int, int",
    "DELETE FROM idempotency_keys WHERE user_id = $1 AND key IN"
    " (SELECT key FROM idempotency_keys WHERE user_id = $1 ORDER BY key LIMIT $2)"};

constexpr statement clean_user_end{"clean_user_end", "int", "DELETE FROM deleted_users WHERE user_id = $1"};

constexpr statement clean_tweets_next{
    "clean_tweets_next", "bigint, int",
    "SELECT tweet_id FROM deleted_tweets WHERE tweet_id > $1 ORDER BY tweet_id LIMIT $2"
    " FOR UPDATE SKIP LOCKED"};

// So many of each tweet.
constexpr statement clean_tweets_favorites{
    "clean_tweets_favorites", "bigint[], int",
    "WITH picked AS MATERIALIZED (SELECT f.user_id, d.user_id AS tweet_user_id, d.tweet_id, f.created_at"
    "   FROM unnest($1) AS k(id) JOIN deleted_tweets d ON d.tweet_id = k.id CROSS JOIN LATERAL"
    "   (SELECT user_id, created_at FROM favorites"
    "    WHERE tweet_id = d.tweet_id AND created_at <= d.favorites_before"
    "    ORDER BY created_at DESC, user_id DESC LIMIT $2) f),"
    " moved AS (UPDATE deleted_tweets d SET favorites_before = p.created_at"
    "  FROM (SELECT tweet_id, min(created_at) AS created_at FROM picked GROUP BY tweet_id) p"
    "  WHERE d.tweet_id = p.tweet_id)"
    " SELECT user_id, tweet_user_id, tweet_id FROM picked"};

constexpr statement clean_tweets_end{
    "clean_tweets_end", "bigint[]",
    "DELETE FROM deleted_tweets d USING unnest($1) AS k(id) WHERE d.tweet_id = k.id"};

constexpr statement cleaning_lag{
    "cleaning_lag", "int[]",
    "SELECT k.n, date_part('epoch', now() - least((SELECT min(deleted_at) FROM deleted_users),"
    " (SELECT min(deleted_at) FROM deleted_tweets))) FROM unnest($1) WITH ORDINALITY AS k(any_number, n)"};

using seconds = std::chrono::duration<double>;

// The primary alone is asked.
const storage::read_statement<int, std::optional<seconds>> read_lag{
    cleaning_lag, 1, [](const int& any, std::vector<storage::array_text>& p) { p[0].add(std::int64_t{any}); },
    [](const pqxx::row& row) {
      return row[1].is_null() ? std::nullopt : std::optional(seconds(row[1].as<double>()));
    }};

step done_of(table of, std::size_t rows, storage::changes changed) {
  step done;
  done.found = true;
  done.of = of;
  done.rows = rows;
  done.changed = std::move(changed);
  return done;
}

step clean_connections(transaction& tx, user_id gone) {
  std::vector<connections::connection_request> ended;
  for (const auto& row : execute(tx, clean_user_connections, gone, max_rows))
    ended.push_back({row[0].as<user_id>(), row[1].as<user_id>()});
  auto changed = connections::end_connections(tx, ended);
  return done_of(table::connections, ended.size(), std::move(changed));
}

std::vector<favorites::favorite_request> favorites_in(const pqxx::result& rows) {
  std::vector<favorites::favorite_request> found;
  for (const auto& row : rows)
    found.push_back({row[0].as<user_id>(), row[1].as<user_id>(), row[2].as<tweet_id>()});
  return found;
}

step clean_favorites(transaction& tx, user_id gone) {
  const auto ended = favorites_in(execute(tx, clean_user_favorites, gone, max_rows));
  auto changed = favorites::end_favorites(tx, ended);
  return done_of(table::favorites, ended.size(), std::move(changed));
}

step clean_tweets_of(transaction& tx, user_id gone) {
  std::vector<tweet_id> ids;
  for (const auto& row : execute(tx, clean_user_tweets, gone, max_rows)) ids.push_back(row[0].as<tweet_id>());
  tweets::delete_locked_tweets(tx, gone, ids);
  storage::changes changed;
  for (const auto id : ids) changed.push_back(cache_key::tweet(id));
  return done_of(table::tweets, ids.size(), std::move(changed));
}

step clean_keys(transaction& tx, user_id gone) {
  return done_of(table::idempotency_keys, execute(tx, clean_user_keys, gone, max_rows).affected_rows(), {});
}

// The first kind of rows of which there are any left. After the last of them the user is complete.
step clean_next_kind(transaction& tx, user_id gone) {
  for (const auto clean : {clean_connections, clean_favorites, clean_tweets_of, clean_keys}) {
    auto done = clean(tx, gone);
    if (done.rows > 0) return done;
  }
  execute(tx, clean_user_end, gone);
  return done_of(table::none, 0, {});
}

// The next rows beyond an id, or from the beginning where none are.
template <class Id, class... Limit>
pqxx::result next_after(transaction& tx, const statement& next, Id after, Limit... limit) {
  auto rows = execute(tx, next, after, limit...);
  if (rows.empty() && after != 0) rows = execute(tx, next, Id{0}, limit...);
  return rows;
}

step clean_one_user(transaction& tx, std::atomic<user_id>& last) {
  const auto next = next_after(tx, clean_user_next, last.load());
  if (next.empty()) return {};
  const auto gone = next[0][0].as<user_id>();
  last = gone;
  return clean_next_kind(tx, gone);
}

// Each of the tweets gets the same share of a step, so that none waits for a viral one. The tweets that have
// fewer favorites left than their share are complete.
step clean_some_tweets(transaction& tx, std::atomic<tweet_id>& last) {
  std::map<tweet_id, int> picked;
  for (const auto& row : next_after(tx, clean_tweets_next, last.load(), max_tweets))
    picked.emplace(row[0].as<tweet_id>(), 0);
  if (picked.empty()) return {};
  last = picked.rbegin()->first;
  const int share = max_rows / static_cast<int>(picked.size());
  const auto ids = array_of(picked, [](const auto& entry) { return entry.first; });
  const auto ended = favorites_in(execute(tx, clean_tweets_favorites, ids, share));
  for (const auto& favorite : ended) ++picked.at(favorite.tweet);
  auto done = done_of(table::favorites, ended.size(), favorites::end_favorites(tx, ended));
  std::erase_if(picked, [&](const auto& entry) { return entry.second == share; });
  execute(tx, clean_tweets_end, array_of(picked, [](const auto& entry) { return entry.first; }));
  return done;
}

storage::changes changed_by(const step& done) {
  return done.changed;
}

}  // namespace

awaitable<storage::committed<step>> cleaning_store::clean_user(std::atomic<user_id>& last) {
  std::function<step(transaction&)> work = [&last](transaction& tx) { return clean_one_user(tx, last); };
  return backends_.writes.transact(backends_.waits, "clean_user", std::move(work), std::function(changed_by));
}

awaitable<storage::committed<step>> cleaning_store::clean_tweets(std::atomic<tweet_id>& last) {
  std::function<step(transaction&)> work = [&last](transaction& tx) { return clean_some_tweets(tx, last); };
  return backends_.writes.transact(backends_.waits, "clean_tweets", std::move(work),
                                   std::function(changed_by));
}

awaitable<std::optional<seconds>> cleaning_store::lag() {
  std::vector<int> once{0};
  const auto rows = co_await backends_.reads.fetch(read_lag, std::move(once));
  co_return rows.front().front();
}

storage::statements cleaning_store::statements() {
  static constexpr std::array all{&clean_user_next,   &clean_user_connections, &clean_user_favorites,
                                  &clean_user_tweets, &clean_user_keys,        &clean_user_end,
                                  &clean_tweets_next, &clean_tweets_favorites, &clean_tweets_end,
                                  &cleaning_lag};
  return all;
}

}  // namespace linnet::cleaning
