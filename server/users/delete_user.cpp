// Deleting a user takes everything of theirs along, in one transaction, and corrects the counts of all others.
// Rows lock in the order that every write keeps: users, tweets, tweet_counters, user_counters, each by id.
#include "users/store.hpp"

namespace linnet::users {

namespace {

std::vector<user_id> user_ids(const pqxx::result& rows) {
  std::vector<user_id> ids;
  for (const auto& row : rows) ids.push_back(row[0].as<user_id>());
  return ids;
}

void note_what_goes(pqxx::work& tx, user_id id, storage::deleted_user& gone) {
  const std::string me = std::to_string(id);
  for (const auto& row : tx.exec("SELECT id FROM tweets WHERE user_id = " + me + " ORDER BY id FOR UPDATE")) {
    gone.tweets.push_back(row[0].as<tweet_id>());
  }
  for (const auto& row : tx.exec("SELECT encode(token_hash, 'hex') FROM sessions WHERE user_id = " + me)) {
    gone.token_hashes.emplace_back(row[0].c_str());
  }
  for (const auto& row : tx.exec("SELECT tweet_id, tweet_user_id FROM favorites WHERE user_id = " + me +
                                 " AND tweet_user_id <> " + me)) {
    gone.unfavorited.emplace_back(row[0].as<tweet_id>(), row[1].as<user_id>());
  }
  gone.touched_users = user_ids(tx.exec("SELECT followee_id FROM connections WHERE follower_id = " + me +
                                        " UNION SELECT follower_id FROM connections WHERE followee_id = " + me));
  gone.favoriters = user_ids(tx.exec("SELECT DISTINCT user_id FROM favorites WHERE tweet_user_id = " + me +
                                     " AND user_id <> " + me));
}

void correct_counts(pqxx::work& tx, user_id id) {
  const std::string me = std::to_string(id);
  tx.exec0("WITH locked AS (SELECT c.user_id, c.tweet_id FROM tweet_counters c"
           "  JOIN favorites f ON f.tweet_user_id = c.user_id AND f.tweet_id = c.tweet_id"
           "  WHERE f.user_id = " + me + " AND c.user_id <> " + me + " ORDER BY c.tweet_id FOR UPDATE OF c)"
           " UPDATE tweet_counters c SET favorites_count = c.favorites_count - 1 FROM locked"
           " WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id");
  tx.exec0("WITH changed AS ("
           "  SELECT user_id, sum(followers)::int AS followers, sum(followees)::int AS followees,"
           "         sum(favorites)::int AS favorites FROM ("
           "    SELECT followee_id AS user_id, 1 AS followers, 0 AS followees, 0 AS favorites"
           "      FROM connections WHERE follower_id = " + me +
           "    UNION ALL SELECT follower_id, 0, 1, 0 FROM connections WHERE followee_id = " + me +
           "    UNION ALL SELECT user_id, 0, 0, 1 FROM favorites WHERE tweet_user_id = " + me +
           "      AND user_id <> " + me + ") AS changes GROUP BY user_id),"
           " locked AS (SELECT c.user_id FROM user_counters c JOIN changed USING (user_id)"
           "            ORDER BY c.user_id FOR UPDATE OF c)"
           " UPDATE user_counters c SET followers_count = c.followers_count - changed.followers,"
           "   followees_count = c.followees_count - changed.followees,"
           "   favorites_count = c.favorites_count - changed.favorites"
           " FROM changed JOIN locked USING (user_id) WHERE c.user_id = changed.user_id");
}

}  // namespace

awaitable<storage::committed<storage::deleted_user>> user_store::delete_user(user_id id) {
  std::function<storage::deleted_user(pqxx::work&)> work = [id](pqxx::work& tx) {
    storage::deleted_user gone;
    gone.id = id;
    const std::string me = std::to_string(id);
    // Nobody can follow, favorite or post as this user while the lock is held.
    const auto user = tx.exec("SELECT lower(username) FROM users WHERE id = " + me + " FOR UPDATE");
    if (user.empty()) fail_not_found("user");
    gone.username = user[0][0].c_str();
    note_what_goes(tx, id, gone);
    correct_counts(tx, id);
    // Sessions, tweets, connections, favorites, counters and idempotency keys cascade.
    tx.exec0("DELETE FROM users WHERE id = " + me);
    return gone;
  };
  return backends_.writes.transact(backends_.waits, "delete_user", std::move(work));
}

}  // namespace linnet::users
