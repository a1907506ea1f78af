#include "tweets/store.hpp"

#include <array>
#include <functional>

#include "storage/id_array.hpp"
#include "tweets/post_tweet.hpp"
#include "users/counters.hpp"

namespace linnet::tweets {

using storage::array_text;
using storage::committed;
using storage::execute;
using storage::read_statement;
using storage::statement;
using storage::transaction;

const statement user_tweets_page{
    "user_tweets_page", storage::id_sorted_types,
    "SELECT k.n, p.id FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS k(owner, before, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT t.id FROM tweets t WHERE t.user_id = k.owner AND t.id < k.before"
    "  ORDER BY t.id DESC LIMIT k.page_size OFFSET k.skip) p"};

// A tweet has a row in tweet_counters while somebody favorites it.
const statement favorited_tweets_page{
    "favorited_tweets_page", storage::id_sorted_types,
    "SELECT k.n, p.id FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS k(owner, before, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT c.tweet_id AS id FROM tweet_counters c"
    "  WHERE c.user_id = k.owner AND c.tweet_id < k.before"
    "  ORDER BY c.tweet_id DESC LIMIT k.page_size OFFSET k.skip) p"};

namespace {

constexpr statement tweets_by_id{
    "tweets_by_id", "bigint[]",
    "SELECT k.n, t.id, t.user_id, t.content, " LINNET_MICROS("t.created_at")
    ", coalesce(c.favorites_count, 0) FROM unnest($1) WITH ORDINALITY AS k(id, n)"
    " JOIN tweets t ON t.id = k.id"
    " LEFT JOIN tweet_counters c ON c.user_id = t.user_id AND c.tweet_id = t.id"};

// Whole tweets in one range of the key: ids first and then each tweet by its id touch nearly twice the
// buffers.
constexpr statement user_tweets_range{
    "user_tweets_range", "int[], bigint[], int[]",
    "SELECT k.n, p.* FROM unnest($1, $2, $3) WITH ORDINALITY AS k(owner, before, page_size, n)"
    " CROSS JOIN LATERAL (SELECT t.id, t.user_id, t.content, " LINNET_MICROS("t.created_at") ", coalesce("
    "   (SELECT c.favorites_count FROM tweet_counters c WHERE c.user_id = t.user_id AND c.tweet_id = t.id), 0)"
    "  FROM tweets t WHERE t.user_id = k.owner AND t.id < k.before ORDER BY t.id DESC LIMIT k.page_size) p"};

// One more than the window, to learn whether it is all.
constexpr statement favorite_ids_by_user{
    "favorite_ids_by_user", "int[]",
    "SELECT k.n, (SELECT array_agg(f.tweet_id) FROM (SELECT tweet_id FROM favorites WHERE user_id = k.id"
    "  ORDER BY tweet_id DESC LIMIT 501) f) FROM unnest($1) WITH ORDINALITY AS k(id, n)"};

constexpr statement favorite_ids_in_range{
    "favorite_ids_in_range", "int[], bigint[], bigint[]",
    "SELECT k.n, (SELECT array_agg(f.tweet_id) FROM (SELECT tweet_id FROM favorites WHERE user_id = k.user_id"
    "  AND tweet_id BETWEEN k.low AND k.high ORDER BY tweet_id DESC LIMIT 501) f)"
    " FROM unnest($1, $2, $3) WITH ORDINALITY AS k(user_id, low, high, n)"};

constexpr statement favorites_by_key{
    "favorites_by_key", "int[], bigint[]",
    "SELECT k.n, " LINNET_MICROS("f.created_at") " FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, tweet_id, n)"
    " JOIN favorites f ON f.user_id = k.user_id AND f.tweet_id = k.tweet_id"};

constexpr statement delete_tweet_lock{"delete_tweet_lock", "int, bigint",
                                      "SELECT id FROM tweets WHERE user_id = $1 AND id = $2 FOR UPDATE"};

constexpr statement delete_tweet_rows{
    "delete_tweet", "int, bigint[]",
    "WITH favorited AS (INSERT INTO deleted_tweets (tweet_id, user_id) SELECT c.tweet_id, c.user_id"
    "  FROM unnest($2) AS k(id) JOIN tweet_counters c ON c.user_id = $1 AND c.tweet_id = k.id)"
    " DELETE FROM tweets t USING unnest($2) AS k(id) WHERE t.user_id = $1 AND t.id = k.id"};

// Last in its transaction, since the row is the author's hottest.
constexpr statement delete_tweet_count{
    "delete_tweet_count", "int",
    "UPDATE user_counters SET tweets_count = tweets_count - 1 WHERE user_id = $1"};

tweet_ptr parse_tweet(const pqxx::row& row) {
  auto t = std::make_shared<tweet>();
  t->id = row[1].as<tweet_id>();
  t->author = row[2].as<user_id>();
  t->render(row[3].c_str(), from_unix_micros(row[4].as<std::int64_t>()));
  t->favorites_count = row[5].as<std::int64_t>();
  return t;
}

const read_statement<tweet_id, tweet_ptr> read_by_id{
    tweets_by_id,
    1,
    [](const tweet_id& id, std::vector<array_text>& p) { p[0].add(id); },
    parse_tweet,
    cache_key::tweet,
    storage::replica_use::read_found};

const read_statement<tweet_range, tweet_ptr> read_range{
    user_tweets_range,
    3,
    [](const tweet_range& range, std::vector<array_text>& p) {
      p[0].add(std::int64_t{range.author});
      p[1].add(range.before);
      p[2].add(std::int64_t{range.limit});
    },
    parse_tweet,
    [](const tweet_range& range) { return cache_key::first_page(list_kind::user_tweets, range.author); },
    storage::replica_use::read,
    [](const tweet_range& range) { return range.limit; }};

favorite_window_ptr parse_window(const pqxx::row& row) {
  return make_favorite_window(storage::parse_id_array<tweet_id>(row[1].c_str()));
}

const read_statement<user_id, favorite_window_ptr> read_favorite_ids{
    favorite_ids_by_user, 1,
    [](const user_id& user, std::vector<array_text>& p) { p[0].add(std::int64_t{user}); }, parse_window,
    cache_key::favorite_ids};

const read_statement<favorite_range, favorite_window_ptr> read_favorite_range{
    favorite_ids_in_range, 3,
    [](const favorite_range& range, std::vector<array_text>& p) {
      p[0].add(std::int64_t{range.user});
      p[1].add(range.low);
      p[2].add(range.high);
    },
    parse_window, [](const favorite_range& range) { return cache_key::favorite_ids(range.user); }};

const read_statement<favorite_key, std::int64_t> read_favorites{
    favorites_by_key, 2,
    [](const favorite_key& key, std::vector<array_text>& p) {
      p[0].add(std::int64_t{key.user});
      p[1].add(key.tweet);
    },
    [](const pqxx::row& row) { return row[1].as<std::int64_t>(); },
    [](const favorite_key& key) { return cache_key::favorite(key.user, key.tweet); }};

// Locks the user and then the tweet, as every write does. False: there is no such tweet.
bool lock_tweet(transaction& tx, user_id author, tweet_id id, const tweet_store::expectation& expect) {
  users::references authors;
  if (expect) authors = users::lock_users(tx, {author});
  if (execute(tx, delete_tweet_lock, author, id).empty()) return false;
  if (!expect) return true;
  const auto array = [](auto value) {
    return storage::array_of(std::array{std::int64_t{value}}, std::identity());
  };
  const auto current = parse_tweet(execute(tx, tweets_by_id, array(id))[0]);
  const bool favorited = !execute(tx, favorites_by_key, array(author), array(id)).empty();
  expect(*current, authors.at(author), favorited);
  return true;
}

}  // namespace

awaitable<std::vector<tweet_ptr>> tweet_store::by_id(std::vector<tweet_id> ids) {
  auto rows = co_await backends_.reads.fetch(read_by_id, std::move(ids));
  co_return storage::first_rows(std::move(rows));
}

awaitable<std::vector<tweet_ptr>> tweet_store::range(tweet_range wanted) {
  std::vector<tweet_range> ranges{wanted};
  auto rows = co_await backends_.reads.fetch(read_range, std::move(ranges));
  co_return std::move(rows.front());
}

awaitable<std::vector<favorite_window_ptr>> tweet_store::favorite_ids(std::vector<user_id> users) {
  auto rows = co_await backends_.reads.fetch(read_favorite_ids, std::move(users));
  co_return storage::first_rows(std::move(rows));
}

awaitable<favorite_window_ptr> tweet_store::favorite_ids(favorite_range wanted) {
  std::vector<favorite_range> ranges{wanted};
  auto rows = co_await backends_.reads.fetch(read_favorite_range, std::move(ranges));
  co_return std::move(rows.front().front());
}

awaitable<std::vector<std::optional<std::int64_t>>> tweet_store::favorited_since(
    std::vector<favorite_key> keys) {
  auto rows = co_await backends_.reads.fetch(read_favorites, std::move(keys));
  std::vector<std::optional<std::int64_t>> found;
  for (const auto& of_key : rows) {
    found.push_back(of_key.empty() ? std::nullopt : std::optional(of_key.front()));
  }
  co_return found;
}

void delete_locked_tweets(transaction& tx, user_id author, const std::vector<tweet_id>& ids) {
  if (!ids.empty()) execute(tx, delete_tweet_rows, author, storage::array_of(ids, std::identity()));
}

awaitable<committed<bool>> tweet_store::delete_tweet(user_id author, tweet_id id, expectation expect) {
  std::function<bool(transaction&)> work = [author, id, expect = std::move(expect)](transaction& tx) {
    if (!lock_tweet(tx, author, id, expect)) return false;
    delete_locked_tweets(tx, author, {id});
    execute(tx, delete_tweet_count, author);
    return true;
  };
  std::function<storage::changes(const bool&)> changed = [author, id](const bool&) {
    return storage::changed_by_tweet_deletion(author, id);
  };
  return backends_.writes.transact(backends_.waits, "delete_tweet", std::move(work), std::move(changed));
}

storage::statements tweet_store::statements() {
  static const auto all = [] {
    std::vector<const statement*> list{&tweets_by_id,          &favorites_by_key,     &user_tweets_page,
                                       &user_tweets_range,     &favorite_ids_by_user, &favorite_ids_in_range,
                                       &favorited_tweets_page, &delete_tweet_lock,    &delete_tweet_rows,
                                       &delete_tweet_count};
    for (const auto* s : post_tweet_statements()) list.push_back(s);
    return list;
  }();
  return all;
}

}  // namespace linnet::tweets
