#include "favorites/store.hpp"

#include <array>
#include <map>

namespace linnet::favorites {

using storage::array_of;
using storage::execute;
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

constexpr statement favorite_tweet_lock{"favorite_tweet_lock", "int[], bigint[]",
                                        "SELECT t.id FROM unnest($1, $2) AS k(author, tweet_id) JOIN tweets "
                                        "t ON t.user_id = k.author AND t.id = k.tweet_id"
                                        " ORDER BY t.id FOR KEY SHARE OF t"};

constexpr statement favorite_tweet_insert{
    "favorite_tweet", "int[], bigint[], int[]",
    "INSERT INTO favorites (user_id, tweet_id, tweet_user_id, created_at)"
    " SELECT k.user_id, k.tweet_id, k.author, now() FROM unnest($1, $2, $3) AS k(user_id, tweet_id, author)"
    " ORDER BY k.user_id, k.tweet_id ON CONFLICT DO NOTHING RETURNING user_id, tweet_id"};

constexpr statement favorite_tweet_since{
    "favorite_tweet_since", "int[], bigint[]",
    "SELECT k.n, " LINNET_MICROS("f.created_at") " FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, tweet_id, n)"
    " JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id"};

constexpr statement favorite_tweet_count{
    "favorite_tweet_count", "int[], bigint[], int[]",
    "INSERT INTO tweet_counters AS c (user_id, tweet_id, favorites_count)"
    " SELECT * FROM unnest($1, $2, $3) AS k(author, tweet_id, n) ORDER BY k.tweet_id"
    " ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = c.favorites_count + "
    "excluded.favorites_count RETURNING c.tweet_id, c.favorites_count, " LINNET_VERSION};

constexpr statement unfavorite_tweet_delete{
    "unfavorite_tweet", "int[], bigint[]",
    "WITH locked AS MATERIALIZED (SELECT f.user_id, f.tweet_id FROM unnest($1, $2) AS k(user_id, tweet_id)"
    "  JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id"
    "  ORDER BY f.user_id, f.tweet_id FOR UPDATE OF f)"
    " DELETE FROM favorites f USING locked WHERE f.user_id = locked.user_id AND f.tweet_id = locked.tweet_id"
    " RETURNING f.user_id, f.tweet_id"};

constexpr statement unfavorite_tweet_count{
    "unfavorite_tweet_count", "int[], bigint[], int[]",
    "WITH locked AS MATERIALIZED (SELECT c.user_id, c.tweet_id, c.favorites_count - k.n AS rest"
    "  FROM unnest($1, $2, $3) AS k(author, tweet_id, n)"
    "  JOIN tweet_counters c ON c.user_id = k.author AND c.tweet_id = k.tweet_id"
    "  ORDER BY c.tweet_id FOR UPDATE OF c),"
    " gone AS (DELETE FROM tweet_counters c USING locked"
    "  WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest = 0),"
    " kept AS (UPDATE tweet_counters c SET favorites_count = locked.rest FROM locked"
    "  WHERE c.user_id = locked.user_id AND c.tweet_id = locked.tweet_id AND locked.rest <> 0)"
    " SELECT tweet_id, rest, " LINNET_VERSION " FROM locked"};

using requests = std::vector<favorite_request>;
using outcomes = std::vector<favorite_outcome>;
using key = std::pair<user_id, tweet_id>;

std::int64_t user_of(const favorite_request& r) {
  return r.user;
}
std::int64_t author_of(const favorite_request& r) {
  return r.author;
}
std::int64_t tweet_of(const favorite_request& r) {
  return r.tweet;
}

// Those whose user and tweet exist; both stay until the transaction ends.
requests lock_live(pqxx::work& tx, const requests& all, outcomes& results) {
  std::set<user_id> user_ids;
  std::map<tweet_id, user_id> tweets;
  for (const auto& r : all) {
    user_ids.insert(r.user);
    tweets.emplace(r.tweet, r.author);
  }
  const auto users = users::lock_users(tx, user_ids);
  std::set<tweet_id> live;
  const auto rows =
      execute(tx, favorite_tweet_lock, array_of(tweets, [](const auto& t) { return std::int64_t{t.second}; }),
              array_of(tweets, [](const auto& t) { return t.first; }));
  for (const auto& row : rows) live.insert(row[0].as<tweet_id>());
  requests found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    results[i].found = users.contains(all[i].user) && live.contains(all[i].tweet);
    if (results[i].found) found.push_back(all[i]);
  }
  return found;
}

// Marks the first request of each changed row and moves the counters of its tweet and its user by `step`
// each.
void count(pqxx::work& tx, const statement& tweets, int step, const pqxx::result& changed,
           const requests& all, outcomes& results) {
  std::set<key> rows;
  for (const auto& row : changed) rows.emplace(row[0].as<user_id>(), row[1].as<tweet_id>());
  std::map<tweet_id, std::pair<user_id, std::int64_t>> by_tweet;
  std::vector<users::count_change> by_user;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (rows.erase({all[i].user, all[i].tweet}) == 0) continue;
    results[i].changed = true;
    auto& [author, n] = by_tweet[all[i].tweet];
    author = all[i].author;
    ++n;
    by_user.push_back({all[i].user, 0, 0, 0, step});
  }
  if (by_user.empty()) return;
  const auto counted =
      execute(tx, tweets, array_of(by_tweet, [](const auto& t) { return std::int64_t{t.second.first}; }),
              array_of(by_tweet, [](const auto& t) { return t.first; }),
              array_of(by_tweet, [](const auto& t) { return t.second.second; }));
  std::map<tweet_id, pqxx::row> tweet_rows;
  for (const auto& row : counted) tweet_rows.emplace(row[0].as<tweet_id>(), row);
  const auto users = users::change_counts(tx, by_user);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!results[i].changed) continue;
    const auto& row = tweet_rows.at(all[i].tweet);
    results[i].user = users.at(all[i].user);
    results[i].favorites_count = row[1].as<std::int64_t>();
    results[i].tweet_version = row[2].as<std::uint64_t>();
  }
}

outcomes run_favorite(pqxx::work& tx, const requests& all) {
  outcomes results(all.size());
  const requests live = lock_live(tx, all, results);
  if (live.empty()) return results;
  const auto inserted = execute(tx, favorite_tweet_insert, array_of(live, user_of), array_of(live, tweet_of),
                                array_of(live, author_of));
  for (const auto& row : execute(tx, favorite_tweet_since, array_of(all, user_of), array_of(all, tweet_of))) {
    results[row[0].as<std::size_t>() - 1].since = row[1].as<std::int64_t>();
  }
  count(tx, favorite_tweet_count, 1, inserted, all, results);
  return results;
}

outcomes run_unfavorite(pqxx::work& tx, const requests& all) {
  outcomes results(all.size());
  const requests live = lock_live(tx, all, results);
  if (live.empty()) return results;
  const auto deleted =
      execute(tx, unfavorite_tweet_delete, array_of(live, user_of), array_of(live, tweet_of));
  count(tx, unfavorite_tweet_count, -1, deleted, all, results);
  return results;
}

}  // namespace

const storage::write_operation<favorite_request, favorite_outcome> favorite_tweet_batch{"favorite_tweet",
                                                                                        run_favorite};
const storage::write_operation<favorite_request, favorite_outcome> unfavorite_tweet_batch{"unfavorite_tweet",
                                                                                          run_unfavorite};

storage::statements statements() {
  static const std::array all{&tweet_favorites_page, &user_favorites_page,     &activity_page,
                              &favorite_tweet_lock,  &favorite_tweet_insert,   &favorite_tweet_since,
                              &favorite_tweet_count, &unfavorite_tweet_delete, &unfavorite_tweet_count};
  return all;
}

}  // namespace linnet::favorites
