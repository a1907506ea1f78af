#include "tweets/service.hpp"

#include <rapidjson/document.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include "storage/codec.hpp"
#include "tweets/json.hpp"

namespace linnet::tweets {

namespace {

constexpr char since_version = 1;

std::string encode_since(const std::int64_t& micros) {
  storage::encoder out(since_version);
  return std::move(out.add(micros)).bytes();
}

std::shared_ptr<const std::int64_t> decode_since(std::string_view bytes) {
  storage::decoder in(bytes, since_version);
  const auto micros = in.number();
  return in.complete() ? std::make_shared<const std::int64_t>(micros) : nullptr;
}

std::string hash_hex(std::string_view content) {
  unsigned char hash[crypto_generichash_BYTES];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<const unsigned char*>(content.data()),
                     content.size(), nullptr, 0);
  std::string hex(sizeof hash * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash, sizeof hash);
  hex.pop_back();
  return hex;
}

// The id of the tweet that an earlier answer tells of.
tweet_id id_in(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json);
  return parse_id(document["id"].GetString()).value();
}

}  // namespace

tweet_service::tweet_service(storage::backends& b, users::user_service& users, id_generator& ids)
    : backends_(b),
      users_(users),
      ids_(ids),
      store_(b),
      tweets_(b, {[](const tweet_id& id) { return cache_key::tweet(id); }, encode_tweet, decode_tweet,
                  [this](std::vector<tweet_id> wanted) { return store_.by_id(std::move(wanted)); }}),
      favorited_(b, {[](const favorite_key& key) { return cache_key::favorite(key.user, key.tweet); },
                     encode_since, decode_since,
                     [this](std::vector<favorite_key> keys) { return fetch_favorited(std::move(keys)); }}),
      user_tweets_(b, list_kind::user_tweets, storage::id_sorted_list(user_tweets_page)),
      favorited_tweets_(b, list_kind::favorited_tweets, storage::id_sorted_list(favorited_tweets_page)) {}

awaitable<tweet_ptr> tweet_service::get_tweet(user_id author, tweet_id id) {
  auto found = co_await tweets_.get(id);
  if (!found || found->author != author) fail_not_found("tweet");
  co_return found;
}

awaitable<std::vector<shown_tweet>> tweet_service::show(std::vector<tweet_id> ids,
                                                        std::optional<user_id> viewer) {
  const auto found = co_await tweets_.get_many(std::move(ids));
  std::vector<shown_tweet> shown;
  std::vector<user_id> authors;
  std::vector<favorite_key> keys;
  for (const auto& t : found) {
    if (!t) continue;
    shown.push_back({t, nullptr, std::nullopt});
    authors.push_back(t->author);
    if (viewer) keys.push_back({*viewer, t->id});
  }
  const auto profiles = co_await users_.find_by_id(std::move(authors));
  std::vector<std::shared_ptr<const std::int64_t>> since;
  if (viewer) since = co_await favorited_.get_many(std::move(keys));
  for (std::size_t i = 0; i < shown.size(); ++i) {
    shown[i].author = profiles[i];
    if (viewer) shown[i].favorited = since[i] != nullptr;
  }
  std::erase_if(shown, [](const shown_tweet& t) { return t.author == nullptr; });
  co_return shown;
}

awaitable<std::vector<std::shared_ptr<const std::int64_t>>> tweet_service::favorited_since(
    std::vector<favorite_key> keys) {
  return favorited_.get_many(std::move(keys));
}

awaitable<storage::id_page> tweet_service::user_tweets(user_id author, page_request asked) {
  return user_tweets_.read(author, asked);
}

awaitable<storage::id_page> tweet_service::favorited_tweets(user_id author, page_request asked) {
  return favorited_tweets_.read(author, asked);
}

awaitable<tweet_service::answer> tweet_service::post_tweet(user_id author, std::string content,
                                                           std::optional<std::string> idempotency_key) {
  std::vector<user_id> wanted{author};
  const auto profiles = co_await users_.find_by_id(std::move(wanted));
  if (!profiles.front()) throw problem(problem_type::invalid_token, "The account is gone.");
  const auto stamp = ids_.next();
  tweet fresh{stamp.id, author, std::move(content), stamp.at, 0, {}};
  fresh.render();
  new_tweet request;
  append_tweet(request.response, fresh, *profiles.front(), false);
  request.author = author;
  request.id = stamp.id;
  request.created_at = stamp.at;
  if (idempotency_key) request.once = idempotency{std::move(*idempotency_key), hash_hex(fresh.content)};
  request.content = std::move(fresh.content);

  auto done = co_await backends_.writes.submit(backends_.waits, post_tweet_batch, std::move(request));
  posted& outcome = done.value;
  switch (outcome.what) {
    case posted::result::created:
      co_await backends_.invalidate(storage::changed_by_tweet(author, stamp.id), done.at);
      co_return answer{stamp.id, std::move(outcome.response)};
    case posted::result::replayed: {
      const tweet_id first = id_in(outcome.response);
      co_return answer{first, std::move(outcome.response)};
    }
    case posted::result::in_progress:
      throw problem(problem_type::conflict, "A request with this Idempotency-Key is in progress.");
    case posted::result::key_reused:
      fail_invalid("", "The Idempotency-Key was used for another request.");
    case posted::result::no_author:
      break;
  }
  throw problem(problem_type::invalid_token, "The account is gone.");
}

awaitable<void> tweet_service::delete_tweet(user_id author, tweet_id id) {
  const auto done = co_await store_.delete_tweet(author, id);
  co_await backends_.invalidate(storage::changed_by_tweet_deletion(author, id, done.value), done.at);
}

awaitable<std::vector<std::shared_ptr<const std::int64_t>>> tweet_service::fetch_favorited(
    std::vector<favorite_key> keys) {
  const auto found = co_await store_.favorited_since(std::move(keys));
  std::vector<std::shared_ptr<const std::int64_t>> since;
  for (const auto& at : found) since.push_back(at ? std::make_shared<const std::int64_t>(*at) : nullptr);
  co_return since;
}

}  // namespace linnet::tweets
