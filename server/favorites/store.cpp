#include "favorites/store.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

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

// Two ordered runs, each cut to what the page could need, merged. Own tweets that one favorited are in both:
// to leave them out of the second run would mean to walk all of them, and there may be many.
const statement activity_page{
    "activity_page", storage::id_sorted_types,
    "SELECT k.n, p.id FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS k(owner, before, page_size, skip, n)"
    " CROSS JOIN LATERAL ("
    "  (SELECT t.id FROM tweets t WHERE t.user_id = k.owner AND t.id < k.before"
    "   ORDER BY t.id DESC LIMIT k.page_size + k.skip)"
    "  UNION"
    "  (SELECT f.tweet_id FROM favorites f WHERE f.user_id = k.owner AND f.tweet_id < k.before"
    "   ORDER BY f.tweet_id DESC LIMIT k.page_size + k.skip)"
    "  ORDER BY id DESC LIMIT k.page_size OFFSET k.skip) p"};

namespace {

constexpr statement favorite_tweet_lock{
    "favorite_tweet_lock", "int[], bigint[]",
    "SELECT t.id, t.user_id, t.content, " LINNET_MICROS("t.created_at")
    " FROM unnest($1, $2) AS k(author, tweet_id) JOIN tweets t ON t.user_id = k.author AND t.id = k.tweet_id"
    " ORDER BY t.id, t.user_id FOR KEY SHARE OF t"};

// Of the favorites that a write changed: how many each tweet and each user has of them, in the order of ids.
#define LINNET_BY_TWEET \
  "SELECT tweet_user_id AS user_id, tweet_id, count(*) AS n FROM changed GROUP BY 2, 1 ORDER BY 2, 1"
#define LINNET_BY_USER "SELECT user_id, count(*) AS n FROM changed GROUP BY user_id ORDER BY user_id"

// What both writes return: the favorites that they changed, and the counts of their tweets and of who gave
// them.
#define LINNET_CHANGED_FAVORITES \
  " SELECT 'favorite', user_id, tweet_id, " LINNET_MICROS("created_at") ", 0, 0, 0 FROM changed"         \
  " UNION ALL SELECT 'tweet', user_id, tweet_id, favorites_count, 0, 0, " LINNET_VERSION " FROM of_tweets"          \
  " UNION ALL SELECT 'user', of_users.* FROM of_users"

constexpr statement favorite_tweet_statement{
    "favorite_tweet", "int[], bigint[], int[]",
    "WITH changed AS (INSERT INTO favorites (user_id, tweet_id, tweet_user_id, created_at)"
    "  SELECT k.user_id, k.tweet_id, k.author, now() FROM unnest($1, $2, $3) AS k(user_id, tweet_id, author)"
    "  JOIN users u ON u.id = k.user_id JOIN users a ON a.id = k.author"
    "  JOIN tweets t ON t.user_id = k.author AND t.id = k.tweet_id"
    "  ORDER BY k.user_id, k.tweet_id ON CONFLICT DO NOTHING"
    "  RETURNING user_id, tweet_id, tweet_user_id, created_at),"
    " of_tweets AS (INSERT INTO tweet_counters AS c (user_id, tweet_id, favorites_count) " LINNET_BY_TWEET
    "  ON CONFLICT (user_id, tweet_id) DO UPDATE SET favorites_count = c.favorites_count + "
    "excluded.favorites_count"
    "  RETURNING c.user_id, c.tweet_id, c.favorites_count),"
    " of_users AS (UPDATE user_counters c SET favorites_count = c.favorites_count + k.n"
    "  FROM (" LINNET_BY_USER ") AS k WHERE c.user_id = k.user_id RETURNING " LINNET_USER_COUNTS
    ")" LINNET_CHANGED_FAVORITES};

// Of those who had favorited it before: since when, and how many there are.
constexpr statement favorite_tweet_since{
    "favorite_tweet_since", "int[], bigint[]",
    "SELECT k.n, " LINNET_MICROS("f.created_at") ", c.favorites_count"
    " FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, tweet_id, n)"
    " JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id"
    " JOIN tweet_counters c ON c.user_id = f.tweet_user_id AND c.tweet_id = f.tweet_id"};

constexpr statement unfavorite_tweet_statement{
    "unfavorite_tweet", "int[], bigint[], int[]",
    "WITH locked AS MATERIALIZED (SELECT f.user_id, f.tweet_id"
    "  FROM unnest($1, $2, $3) AS k(user_id, tweet_id, author)"
    "  JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id AND f.tweet_user_id = k.author"
    "  ORDER BY f.user_id, f.tweet_id FOR UPDATE OF f),"
    " changed AS (DELETE FROM favorites f USING locked"
    "  WHERE f.user_id = locked.user_id AND f.tweet_id = locked.tweet_id"
    "  RETURNING f.user_id, f.tweet_id, f.tweet_user_id, f.created_at),"
    " of_tweets AS MATERIALIZED (SELECT c.user_id, c.tweet_id, c.favorites_count - k.n AS favorites_count"
    "  FROM (" LINNET_BY_TWEET
    ") AS k"
    "  JOIN tweet_counters c ON c.user_id = k.user_id AND c.tweet_id = k.tweet_id"
    "  ORDER BY c.tweet_id, c.user_id FOR UPDATE OF c),"
    " of_users AS (UPDATE user_counters c SET favorites_count = c.favorites_count - k.n"
    "  FROM (" LINNET_BY_USER ") AS k WHERE c.user_id = k.user_id RETURNING " LINNET_USER_COUNTS
    "),"
    " gone AS (DELETE FROM tweet_counters c USING of_tweets t"
    "  WHERE c.user_id = t.user_id AND c.tweet_id = t.tweet_id AND t.favorites_count = 0),"
    " kept AS (UPDATE tweet_counters c SET favorites_count = t.favorites_count FROM of_tweets t"
    "  WHERE c.user_id = t.user_id AND c.tweet_id = t.tweet_id AND t.favorites_count <> "
    "0)" LINNET_CHANGED_FAVORITES};

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
};

// What it changed.
struct told {
  std::map<std::pair<user_id, tweet_id>, std::int64_t> favorites;      // since when
  std::map<tweet_key, std::pair<std::int64_t, std::uint64_t>> tweets;  // their counts, with versions
  users::counts_by_user users;
};

std::map<tweet_key, std::shared_ptr<tweets::tweet>> tweets_in(const pqxx::result& rows) {
  std::map<tweet_key, std::shared_ptr<tweets::tweet>> live;
  for (const auto& row : rows) {
    auto t = std::make_shared<tweets::tweet>();
    t->id = row[0].as<tweet_id>();
    t->author = row[1].as<user_id>();
    t->render(row[2].c_str(), from_unix_micros(row[3].as<std::int64_t>()));
    live.emplace(tweet_key{t->id, t->author}, t);
  }
  return live;
}

told told_in(const pqxx::result& rows) {
  told now;
  for (const auto& row : rows) {
    const std::string_view what = row[0].c_str();
    const auto number = [&](int column) { return row[column].as<std::int64_t>(); };
    const auto user = row[1].as<user_id>();
    if (what == "favorite") {
      now.favorites.emplace(std::pair(user, number(2)), number(3));
    } else if (what == "tweet") {
      now.tweets.emplace(tweet_key{number(2), user}, std::pair(number(3), row[6].as<std::uint64_t>()));
    } else {
      now.users.emplace(user, users::counts_in(row, 1));
    }
  }
  return now;
}

// Locks the users and tweets, and changes the favorites and the counts along with it. Marks the first request
// of each changed favorite.
live run(storage::transaction& tx, const statement& change, const requests& all, outcomes& results) {
  std::set<user_id> user_ids;
  std::set<tweet_key> keys;
  for (const auto& r : all) {
    user_ids.insert({r.user, r.author});
    keys.insert(key_of(r));
  }
  const auto answers = tx.exec_all(
      {users::lock_users_text(tx, user_ids),
       execute_text(tx, favorite_tweet_lock,
                    array_of(keys, [](const auto& k) { return std::int64_t{k.second}; }),
                    array_of(keys, [](const auto& k) { return k.first; })),
       execute_text(tx, change, array_of(all, user_of), array_of(all, tweet_of), array_of(all, author_of))});
  live now{users::references_in(answers[0]), tweets_in(answers[1])};
  told changed = told_in(answers[2]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto& result = results[i];
    result.found = now.users.contains(all[i].user) && now.users.contains(all[i].author) &&
                   now.tweets.contains(key_of(all[i]));
    const auto favorite = changed.favorites.extract({all[i].user, all[i].tweet});
    result.changed = !favorite.empty();
    if (!result.found || !result.changed) continue;
    result.since = favorite.mapped();
    result.user = changed.users.at(all[i].user);
    std::tie(result.favorites_count, result.tweet_version) = changed.tweets.at(key_of(all[i]));
  }
  return now;
}

outcomes run_favorite(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  const live now = run(tx, favorite_tweet_statement, all, results);
  // The user or tweet was added between two statements. Both statements see it when the batch runs again.
  if (std::any_of(results.begin(), results.end(), [](const auto& r) { return r.changed && !r.found; }))
    throw pqxx::transaction_rollback("A user or tweet is newer than the request.");
  const auto known = [](const favorite_outcome& r) { return !r.found || r.changed; };
  if (!std::all_of(results.begin(), results.end(), known)) {
    for (const auto& row :
         execute(tx, favorite_tweet_since, array_of(all, user_of), array_of(all, tweet_of))) {
      auto& result = results[row[0].as<std::size_t>() - 1];
      result.since = row[1].as<std::int64_t>();
      result.favorites_count = row[2].as<std::int64_t>();
    }
    const auto lost = [](const favorite_outcome& r) { return r.found && r.since == 0; };
    if (std::any_of(results.begin(), results.end(), lost))
      throw pqxx::transaction_rollback("A favorite that was there was taken back meanwhile.");
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
  run(tx, unfavorite_tweet_statement, all, results);
  return results;
}

storage::changes changed_by(const favorite_request& r, const favorite_outcome& outcome) {
  if (!outcome.found && !outcome.changed) return {};
  return storage::changed_by_favorite(r.user, r.author, r.tweet);
}

}  // namespace

storage::changes end_favorites(storage::transaction& tx, const requests& ended) {
  if (ended.empty()) return {};
  execute(tx, unfavorite_tweet_statement, array_of(ended, user_of), array_of(ended, tweet_of),
          array_of(ended, author_of));
  storage::changes changed;
  for (const auto& r : ended) {
    const auto keys = storage::changed_by_favorite(r.user, r.author, r.tweet);
    changed.insert(changed.end(), keys.begin(), keys.end());
  }
  return changed;
}

const storage::write_operation<favorite_request, favorite_outcome> favorite_tweet_batch{
    "favorite_tweet", run_favorite, changed_by};
const storage::write_operation<favorite_request, favorite_outcome> unfavorite_tweet_batch{
    "unfavorite_tweet", run_unfavorite, changed_by};

storage::statements statements() {
  static const std::array all{&tweet_favorites_page,      &user_favorites_page,      &activity_page,
                              &favorite_tweet_lock,       &favorite_tweet_statement, &favorite_tweet_since,
                              &unfavorite_tweet_statement};
  return all;
}

}  // namespace linnet::favorites
