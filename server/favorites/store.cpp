#include "favorites/store.hpp"

#include <array>
#include <map>

namespace linnet::favorites {

using storage::array_of;
using storage::execute;
using storage::execute_text;
using storage::statement;

const statement tweet_favorites_page{
    "tweet_favorites_page", storage::time_sorted_types,
    "SELECT k.n, " LINNET_MICROS("p.created_at") ", p.user_id"
    " FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k(owner, before_at, before_id, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT f.created_at, f.user_id FROM favorites f"
    "  WHERE f.tweet_id = k.owner AND (f.created_at, f.user_id) < (k.before_at, k.before_id)"
    "  ORDER BY f.created_at DESC, f.user_id DESC LIMIT k.page_size OFFSET k.skip) p"};

const statement user_favorites_page{
    "user_favorites_page", storage::time_sorted_types,
    "SELECT k.n, " LINNET_MICROS("p.created_at") ", p.tweet_id"
    " FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k(owner, before_at, before_id, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT f.created_at, f.tweet_id FROM favorites f"
    "  WHERE f.user_id = k.owner AND (f.created_at, f.tweet_id) < (k.before_at, k.before_id)"
    "  ORDER BY f.created_at DESC, f.tweet_id DESC LIMIT k.page_size OFFSET k.skip) p"};

// Two ordered runs, each cut to what the page could need, merged. Own tweets that one favorited are in the
// first.
const statement activity_page{
    "activity_page", storage::id_sorted_types,
    "SELECT k.n, p.id FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS k(owner, before, page_size, skip, n)"
    " CROSS JOIN LATERAL ("
    "  (SELECT t.id FROM tweets t WHERE t.user_id = k.owner AND t.id < k.before"
    "   ORDER BY t.id DESC LIMIT k.page_size + k.skip)"
    "  UNION ALL"
    "  (SELECT f.tweet_id FROM favorites f WHERE f.user_id = k.owner AND f.tweet_id < k.before"
    "   AND f.tweet_user_id <> k.owner ORDER BY f.tweet_id DESC LIMIT k.page_size + k.skip)"
    "  ORDER BY id DESC LIMIT k.page_size OFFSET k.skip) p"};

namespace {

constexpr statement favorite_tweet_lock{
    "favorite_tweet_lock", "int[], bigint[]",
    "SELECT t.id, t.user_id, t.content, " LINNET_MICROS("t.created_at")
    " FROM unnest($1, $2) AS k(author, tweet_id) JOIN tweets t ON t.user_id = k.author AND t.id = k.tweet_id"
    " ORDER BY t.id, t.user_id FOR KEY SHARE OF t"};

constexpr statement favorite_tweet_insert{
    "favorite_tweet", "int[], bigint[], int[]",
    "INSERT INTO favorites (user_id, tweet_id, tweet_user_id, created_at)"
    " SELECT k.user_id, k.tweet_id, k.author, now() FROM unnest($1, $2, $3) AS k(user_id, tweet_id, author)"
    " JOIN users u ON u.id = k.user_id JOIN tweets t ON t.user_id = k.author AND t.id = k.tweet_id"
    " ORDER BY k.user_id, k.tweet_id ON CONFLICT DO NOTHING"
    " RETURNING user_id, tweet_id, " LINNET_MICROS("created_at")};

// Of those who had favorited it before: since when, and how many there are.
constexpr statement favorite_tweet_since{
    "favorite_tweet_since", "int[], bigint[]",
    "SELECT k.n, " LINNET_MICROS("f.created_at") ", c.favorites_count"
    " FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, tweet_id, n)"
    " JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id"
    " JOIN tweet_counters c ON c.user_id = f.tweet_user_id AND c.tweet_id = f.tweet_id"};

constexpr statement favorite_tweet_count{
    "favorite_tweet_count", "int[], bigint[], int[]",
    "INSERT INTO tweet_counters AS c (user_id, tweet_id, favorites_count)"
    " SELECT * FROM unnest($1, $2, $3) AS k(author, tweet_id, n) ORDER BY k.tweet_id, k.author"
    " ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = c.favorites_count + "
    "excluded.favorites_count RETURNING c.user_id, c.tweet_id, c.favorites_count, " LINNET_VERSION};

constexpr statement unfavorite_tweet_delete{
    "unfavorite_tweet", "int[], bigint[]",
    "WITH locked AS MATERIALIZED (SELECT f.user_id, f.tweet_id FROM unnest($1, $2) AS k(user_id, tweet_id)"
    "  JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id"
    "  ORDER BY f.user_id, f.tweet_id FOR UPDATE OF f)"
    " DELETE FROM favorites f USING locked WHERE f.user_id = locked.user_id AND f.tweet_id = locked.tweet_id"
    " RETURNING f.user_id, f.tweet_id, " LINNET_MICROS("f.created_at")};

constexpr statement unfavorite_tweet_count{
    "unfavorite_tweet_count", "int[], bigint[], int[]",
    "WITH locked AS MATERIALIZED (SELECT c.user_id, c.tweet_id, c.favorites_count - k.n AS rest"
    "  FROM unnest($1, $2, $3) AS k(author, tweet_id, n)"
    "  JOIN tweet_counters c ON c.user_id = k.author AND c.tweet_id = k.tweet_id"
    "  ORDER BY c.tweet_id, c.user_id FOR UPDATE OF c),"
    " gone AS (DELETE FROM tweet_counters c USING locked"
    "  WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest = 0),"
    " kept AS (UPDATE tweet_counters c SET favorites_count = locked.rest FROM locked"
    "  WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest <> 0)"
    " SELECT user_id, tweet_id, rest, " LINNET_VERSION " FROM locked"};

using requests = std::vector<favorite_request>;
using outcomes = std::vector<favorite_outcome>;
using tweet_key = std::pair<tweet_id, user_id>;  // with its author

std::int64_t user_of(const favorite_request& r) {
  return r.user;
}
std::int64_t author_of(const favorite_request& r) {
  return r.author;
}
std::int64_t tweet_of(const favorite_request& r) {
  return r.tweet;
}
tweet_key key_of(const favorite_request& r) {
  return {r.tweet, r.author};
}

// What a batch is about. The users and tweets stay until the transaction ends.
struct live {
  users::references users;
  std::map<tweet_key, std::shared_ptr<tweets::tweet>> tweets;
  std::size_t found = 0;  // requests whose users and tweet exist
  pqxx::result changed;   // rows of favorites, by the statement that came along
};

// Locks the users and tweets, and changes their rows of favorites along with it.
live change_rows(storage::transaction& tx, const requests& all, const std::string& change,
                 outcomes& results) {
  std::set<user_id> user_ids;
  std::set<tweet_key> keys;
  for (const auto& r : all) {
    user_ids.insert({r.user, r.author});
    keys.insert(key_of(r));
  }
  const auto rows =
      tx.exec_all({users::lock_users_text(tx, user_ids),
                   execute_text(tx, favorite_tweet_lock,
                                array_of(keys, [](const auto& k) { return std::int64_t{k.second}; }),
                                array_of(keys, [](const auto& k) { return k.first; })),
                   change});
  live now{users::references_in(rows[0]), {}, 0, rows[2]};
  for (const auto& row : rows[1]) {
    auto t = std::make_shared<tweets::tweet>();
    t->id = row[0].as<tweet_id>();
    t->author = row[1].as<user_id>();
    t->render(row[2].c_str(), from_unix_micros(row[3].as<std::int64_t>()));
    now.tweets.emplace(tweet_key{t->id, t->author}, t);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    results[i].found = now.users.contains(all[i].user) && now.tweets.contains(key_of(all[i]));
    now.found += results[i].found;
  }
  return now;
}

// Marks the first request of each changed row and moves the counters of its tweet and its user by `step`
// each.
void count(storage::transaction& tx, const statement& tweets, int step, const pqxx::result& changed,
           const requests& all, outcomes& results) {
  std::map<std::pair<user_id, tweet_id>, std::int64_t> rows;
  for (const auto& row : changed) {
    rows.emplace(std::pair(row[0].as<user_id>(), row[1].as<tweet_id>()), row[2].as<std::int64_t>());
  }
  std::map<tweet_key, std::int64_t> by_tweet;
  std::vector<users::count_change> by_user;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!results[i].found) continue;
    const auto row = rows.extract({all[i].user, all[i].tweet});
    if (row.empty()) continue;
    results[i].changed = true;
    results[i].since = row.mapped();
    ++by_tweet[key_of(all[i])];
    by_user.push_back({all[i].user, 0, 0, 0, step});
  }
  // Of what came to be between two statements; it is there when all of it runs again.
  if (!rows.empty()) throw pqxx::transaction_rollback("A user or tweet is newer than the request.");
  if (by_user.empty()) return;
  const auto counts = tx.exec_all(
      {execute_text(tx, tweets,
                    array_of(by_tweet, [](const auto& t) { return std::int64_t{t.first.second}; }),
                    array_of(by_tweet, [](const auto& t) { return t.first.first; }),
                    array_of(by_tweet, [](const auto& t) { return t.second; })),
       users::change_counts_text(tx, by_user)});
  std::map<tweet_key, pqxx::row> counted;
  for (const auto& row : counts[0])
    counted.emplace(tweet_key{row[1].as<tweet_id>(), row[0].as<user_id>()}, row);
  const auto users = users::counts_in(counts[1]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!results[i].changed) continue;
    const auto& row = counted.at(key_of(all[i]));
    results[i].user = users.at(all[i].user);
    results[i].favorites_count = row[2].as<std::int64_t>();
    results[i].tweet_version = row[3].as<std::uint64_t>();
  }
}

outcomes run_favorite(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  const auto insert = execute_text(tx, favorite_tweet_insert, array_of(all, user_of), array_of(all, tweet_of),
                                   array_of(all, author_of));
  const live now = change_rows(tx, all, insert, results);
  count(tx, favorite_tweet_count, 1, now.changed, all, results);
  if (now.changed.size() < now.found) {
    for (const auto& row :
         execute(tx, favorite_tweet_since, array_of(all, user_of), array_of(all, tweet_of))) {
      auto& result = results[row[0].as<std::size_t>() - 1];
      result.since = row[1].as<std::int64_t>();
      result.favorites_count = row[2].as<std::int64_t>();
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!results[i].found) continue;
    const auto& tweet = now.tweets.at(key_of(all[i]));
    tweet->favorites_count = results[i].favorites_count;
    results[i].tweet = tweet;
    results[i].user_reference = now.users.at(all[i].user);
    results[i].author_reference = now.users.at(all[i].author);
  }
  return results;
}

outcomes run_unfavorite(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  const auto remove =
      execute_text(tx, unfavorite_tweet_delete, array_of(all, user_of), array_of(all, tweet_of));
  const live now = change_rows(tx, all, remove, results);
  count(tx, unfavorite_tweet_count, -1, now.changed, all, results);
  return results;
}

storage::changes changed_by(const favorite_request& r, const favorite_outcome& outcome) {
  if (!outcome.found) return {};
  return storage::changed_by_favorite(r.user, r.author, r.tweet);
}

}  // namespace

const storage::write_operation<favorite_request, favorite_outcome> favorite_tweet_batch{
    "favorite_tweet", run_favorite, changed_by};
const storage::write_operation<favorite_request, favorite_outcome> unfavorite_tweet_batch{
    "unfavorite_tweet", run_unfavorite, changed_by};

storage::statements statements() {
  static const std::array all{&tweet_favorites_page, &user_favorites_page,     &activity_page,
                              &favorite_tweet_lock,  &favorite_tweet_insert,   &favorite_tweet_since,
                              &favorite_tweet_count, &unfavorite_tweet_delete, &unfavorite_tweet_count};
  return all;
}

}  // namespace linnet::favorites
