// Deleting a user takes everything of theirs along, in one transaction, and corrects the counts of all
// others. Rows lock in the order that every write keeps: users, tweets, tweet_counters, user_counters, each
// by id.
#include <array>

#include "users/store.hpp"

namespace linnet::users {

using storage::execute;
using storage::statement;

namespace {

// Two users who favorited each other's tweets would lock the same rows crosswise: one deletion at a time.
constexpr statement delete_user_turn{"delete_user_turn", "",
                                     "SELECT pg_advisory_xact_lock(hashtext('linnet delete_user'))"};

// Nobody can follow or favorite as this user while the lock is held.
constexpr statement delete_user_lock{"delete_user_lock", "int",
                                     "SELECT lower(username) FROM users WHERE id = $1 FOR UPDATE"};

constexpr statement delete_user_tweets{"delete_user_tweets", "int",
                                       "SELECT FROM tweets WHERE user_id = $1 ORDER BY id FOR UPDATE"};

constexpr statement delete_user_sessions{"delete_user_sessions", "int",
                                         "SELECT encode(token_hash, 'hex') FROM sessions WHERE user_id = $1"};

constexpr statement delete_user_favorited{
    "delete_user_favorited", "int",
    "SELECT tweet_id, tweet_user_id FROM favorites WHERE user_id = $1 AND tweet_user_id <> $1"};

constexpr statement delete_user_connected{
    "delete_user_connected", "int",
    "SELECT followee_id FROM connections WHERE follower_id = $1"
    " UNION SELECT follower_id FROM connections WHERE followee_id = $1"};

constexpr statement delete_user_favoriters{
    "delete_user_favoriters", "int",
    "SELECT DISTINCT f.user_id FROM tweets t JOIN favorites f ON f.tweet_id = t.id"
    " WHERE t.user_id = $1 AND f.user_id <> $1"};

constexpr statement delete_user_tweet_counts{
    "delete_user_tweet_counts", "int",
    "WITH locked AS MATERIALIZED (SELECT c.user_id, c.tweet_id, c.favorites_count - 1 AS rest FROM favorites "
    "f"
    "  JOIN tweet_counters c ON c.user_id = f.tweet_user_id AND c.tweet_id = f.tweet_id"
    "  WHERE f.user_id = $1 AND f.tweet_user_id <> $1 ORDER BY c.tweet_id FOR UPDATE OF c),"
    " gone AS (DELETE FROM tweet_counters c USING locked"
    "  WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest = 0)"
    " UPDATE tweet_counters c SET favorites_count = locked.rest FROM locked"
    " WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest <> 0"};

// The user's own are locked with them: from then on nobody can post as this user, and the rows that go are
// looked for after that.
constexpr statement delete_user_user_counts{
    "delete_user_user_counts", "int",
    "WITH changed AS (SELECT user_id, sum(followers)::int AS followers, sum(followees)::int AS followees,"
    "   sum(favorites)::int AS favorites FROM ("
    "  SELECT followee_id AS user_id, 1 AS followers, 0 AS followees, 0 AS favorites"
    "   FROM connections WHERE follower_id = $1"
    "  UNION ALL SELECT follower_id, 0, 1, 0 FROM connections WHERE followee_id = $1"
    "  UNION ALL SELECT f.user_id, 0, 0, 1 FROM tweets t JOIN favorites f ON f.tweet_id = t.id"
    "   WHERE t.user_id = $1 AND f.user_id <> $1"
    "  UNION ALL SELECT $1, 0, 0, 0) AS changes GROUP BY user_id),"
    " locked AS MATERIALIZED (SELECT c.user_id FROM changed JOIN user_counters c ON c.user_id = "
    "changed.user_id"
    "  ORDER BY c.user_id FOR UPDATE OF c)"
    " UPDATE user_counters c SET followers_count = c.followers_count - changed.followers,"
    "  followees_count = c.followees_count - changed.followees,"
    "  favorites_count = c.favorites_count - changed.favorites"
    " FROM locked JOIN changed ON changed.user_id = locked.user_id WHERE c.user_id = locked.user_id"};

// What refers to the user without a foreign key; no two of these touch the same row.
constexpr statement delete_user_rows{"delete_user_rows", "int",
                                     "WITH given AS (DELETE FROM favorites WHERE user_id = $1),"
                                     " received AS (DELETE FROM favorites f USING tweets t"
                                     "  WHERE t.user_id = $1 AND f.tweet_id = t.id AND f.user_id <> $1),"
                                     " counted AS (DELETE FROM tweet_counters WHERE user_id = $1),"
                                     " followees AS (DELETE FROM connections WHERE follower_id = $1),"
                                     " followers AS (DELETE FROM connections WHERE followee_id = $1),"
                                     " keys AS (DELETE FROM idempotency_keys WHERE user_id = $1)"
                                     " DELETE FROM tweets WHERE user_id = $1 RETURNING id"};

// Sessions and counters cascade.
constexpr statement delete_user_row{"delete_user", "int", "DELETE FROM users WHERE id = $1"};

std::vector<user_id> user_ids(const pqxx::result& rows) {
  std::vector<user_id> ids;
  for (const auto& row : rows) ids.push_back(row[0].as<user_id>());
  return ids;
}

void note_what_goes(storage::transaction& tx, storage::deleted_user& gone) {
  execute(tx, delete_user_tweets, gone.id);
  for (const auto& row : execute(tx, delete_user_sessions, gone.id))
    gone.token_hashes.emplace_back(row[0].c_str());
  for (const auto& row : execute(tx, delete_user_favorited, gone.id)) {
    gone.unfavorited.emplace_back(row[0].as<tweet_id>(), row[1].as<user_id>());
  }
  gone.touched_users = user_ids(execute(tx, delete_user_connected, gone.id));
  gone.favoriters = user_ids(execute(tx, delete_user_favoriters, gone.id));
}

}  // namespace

awaitable<storage::committed<storage::deleted_user>> user_store::delete_user(
    user_id id, std::int64_t session, std::function<void(const profile&)> expect) {
  std::function<storage::deleted_user(storage::transaction&)> work =
      [id, session, expect = std::move(expect)](storage::transaction& tx) {
        storage::deleted_user gone;
        gone.id = id;
        execute(tx, delete_user_turn);
        const auto user = execute(tx, delete_user_lock, id);
        if (user.empty()) fail_account_gone();
        lock_session(tx, id, session);
        if (expect) expect(locked_profile(tx, id));
        gone.username = user[0][0].c_str();
        note_what_goes(tx, gone);
        execute(tx, delete_user_tweet_counts, id);
        execute(tx, delete_user_user_counts, id);
        for (const auto& row : execute(tx, delete_user_rows, id))
          gone.tweets.push_back(row[0].as<tweet_id>());
        execute(tx, delete_user_row, id);
        return gone;
      };
  std::function<storage::changes(const storage::deleted_user&)> changed = storage::changed_by_user_deletion;
  return backends_.writes.transact(backends_.waits, "delete_user", std::move(work), std::move(changed));
}

storage::statements delete_user_statements() {
  static constexpr std::array all{
      &delete_user_turn,        &delete_user_lock,      &delete_user_tweets,     &delete_user_sessions,
      &delete_user_favorited,   &delete_user_connected, &delete_user_favoriters, &delete_user_tweet_counts,
      &delete_user_user_counts, &delete_user_rows,      &delete_user_row};
  return all;
}

}  // namespace linnet::users
