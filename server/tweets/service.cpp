#include "tweets/service.hpp"

#include <algorithm>
#include <limits>

#include <rapidjson/document.h>
#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>

#include "core/prefetch.hpp"
#include "storage/codec.hpp"
#include "tweets/json.hpp"

namespace linnet::tweets {

namespace {

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

tweet_service::tweet_service(storage::backends& b, users::user_service& users, id_generator& ids,
                             tweet_observer& observer)
    : backends_(b),
      users_(users),
      ids_(ids),
      observer_(observer),
      store_(b),
      tweets_(b, {[](const tweet_id& id) { return cache_key::tweet(id); }, encode_tweet, decode_tweet,
                  [this](std::vector<tweet_id> wanted) { return store_.by_id(std::move(wanted)); }}),
      favorited_(
          b, {[](const favorite_key& key) { return cache_key::favorite(key.user, key.tweet); }, nullptr,
              nullptr, [this](std::vector<favorite_key> keys) { return fetch_favorited(std::move(keys)); }}),
      favorite_windows_(
          b, {[](const user_id& user) { return cache_key::favorite_ids(user); }, encode_favorite_window,
              decode_favorite_window,
              [this](std::vector<user_id> who) { return store_.favorite_ids(std::move(who)); }}),
      user_tweets_(b, list_kind::user_tweets, storage::id_sorted_list(user_tweets_page)),
      favorited_tweets_(b, list_kind::favorited_tweets, storage::id_sorted_list(favorited_tweets_page)) {}

awaitable<tweet_ptr> tweet_service::get_tweet(user_id author, tweet_id id) {
  auto found = co_await tweets_.get(id);
  if (!found || found->author != author) fail_not_found("tweet");
  co_return found;
}

awaitable<shown_tweet> tweet_service::show_tweet(users::profile_ptr author, tweet_id id,
                                                 std::optional<user_id> viewer) {
  auto found = co_await get_tweet(author->id, id);
  std::vector<shown_tweet> shown{{std::move(found), std::move(author), std::nullopt}};
  if (viewer) co_await mark_favorites(shown, *viewer);
  co_return std::move(shown.front());
}

awaitable<std::vector<shown_tweet>> tweet_service::show(std::vector<tweet_id> ids,
                                                        std::optional<user_id> viewer) {
  const auto found = co_await tweets_.get_many(std::move(ids));
  std::vector<user_id> authors;
  authors.reserve(found.size());
  for (const auto& t : found) {
    if (!t) continue;
    authors.push_back(t->author);
    prefetch(t->members.data(), t->members.size());  // it will be copied, after all the others
  }
  std::sort(authors.begin(), authors.end());
  authors.erase(std::unique(authors.begin(), authors.end()), authors.end());
  const auto profiles = co_await users_.find_by_id(authors);
  for (const auto& p : profiles) {
    if (p) prefetch(p->members.data(), p->reference_size);
  }
  std::vector<shown_tweet> shown;
  shown.reserve(found.size());
  for (const auto& t : found) {
    if (!t) continue;
    const auto at = std::lower_bound(authors.begin(), authors.end(), t->author) - authors.begin();
    const auto& author = profiles[static_cast<std::size_t>(at)];
    if (author) shown.push_back({t, author, std::nullopt});
  }
  if (viewer) co_await mark_favorites(shown, *viewer);
  co_return shown;
}

awaitable<tweets_page> tweet_service::show(storage::id_page page, std::optional<user_id> viewer) {
  std::vector<tweet_id> ids;
  ids.reserve(page.items.size());
  for (const auto& item : page.items) ids.push_back(item.id);
  tweets_page shown{{}, std::nullopt, page.more};
  if (!page.items.empty()) shown.last = page.items.back();
  shown.items = co_await show(std::move(ids), viewer);
  co_return shown;
}

awaitable<void> tweet_service::mark_favorites(std::vector<shown_tweet>& shown, user_id viewer) {
  if (shown.empty()) co_return;
  const auto window = co_await favorite_window_over(shown, viewer);
  std::vector<favorite_key> older;
  for (auto& t : shown) {
    t.favorited = window->contains(t.tweet->id);
    if (!window->covers(t.tweet->id)) older.push_back({viewer, t.tweet->id});
  }
  if (older.empty()) co_return;
  const auto since = co_await favorited_.get_many(std::move(older));
  auto found = since.begin();
  for (auto& t : shown) {
    if (!window->covers(t.tweet->id)) t.favorited = *found++ != nullptr;
  }
}

// Of viewers who come but once in a while, what these tweets need and no more.
awaitable<favorite_window_ptr> tweet_service::favorite_window_over(const std::vector<shown_tweet>& shown,
                                                                   user_id viewer) {
  if (favorite_windows_.admits(viewer)) co_return co_await favorite_windows_.get(viewer);
  const auto by_id = [](const shown_tweet& a, const shown_tweet& b) { return a.tweet->id < b.tweet->id; };
  const auto [low, high] = std::minmax_element(shown.begin(), shown.end(), by_id);
  co_return co_await store_.favorite_ids(favorite_range{viewer, low->tweet->id, high->tweet->id});
}

awaitable<std::vector<std::shared_ptr<const std::int64_t>>> tweet_service::favorited_since(
    std::vector<favorite_key> keys) {
  return favorited_.get_many(std::move(keys));
}

// By id where pages are cached or counted off; else whole, in one read.
awaitable<tweets_page> tweet_service::user_tweets(users::profile_ptr author, page_request asked,
                                                  std::optional<user_id> viewer) {
  const bool counted = asked.page > 1 && !asked.after;
  if (counted || user_tweets_.admits(author->id, asked)) {
    auto ids = co_await user_tweets_.read(author->id, asked);
    co_return co_await show(std::move(ids), viewer);
  }
  const tweet_id before = asked.after ? asked.after->id : std::numeric_limits<tweet_id>::max();
  const auto begin = backends_.memory.now();
  auto tweets = co_await store_.range({author->id, before, asked.per_page + 1});
  tweets_page shown;
  shown.more = tweets.size() > static_cast<std::size_t>(asked.per_page);
  if (shown.more) tweets.pop_back();
  if (!tweets.empty()) shown.last = position{tweets.back()->id, tweets.back()->id};
  const bool whole = co_await bring_up_to_date(author->id, tweets);  // may leave some out
  for (auto& t : tweets) shown.items.push_back({std::move(t), author, std::nullopt});
  if (whole) offer(author->id, asked, shown, begin);
  if (viewer) co_await mark_favorites(shown.items, *viewer);
  co_return shown;
}

void tweet_service::offer(user_id author, const page_request& asked, const tweets_page& read,
                          storage::local_cache::moment read_after) {
  storage::id_page ids{{}, read.more};
  for (const auto& t : read.items) {
    tweets_.offer(t.tweet->id, t.tweet, read_after);
    ids.items.push_back({t.tweet->id, t.tweet->id});
  }
  user_tweets_.offer(author, asked, std::move(ids), read_after);
}

// The range came from a replica that has all of the author's tweets; what they were favorited may be later.
// False if some turn out to be gone.
awaitable<bool> tweet_service::bring_up_to_date(user_id author, std::vector<tweet_ptr>& tweets) {
  const auto range = cache_key::first_page(list_kind::user_tweets, author);
  const auto is_late = [&](const tweet_ptr& t) {
    return backends_.reads.may_be_late(cache_key::tweet(t->id), range);
  };
  std::vector<tweet_id> late;
  for (const auto& t : tweets) {
    if (is_late(t)) late.push_back(t->id);
  }
  if (late.empty()) co_return true;
  const auto fresh = co_await tweets_.get_many(late);
  for (auto& t : tweets) {
    const auto at = std::find(late.begin(), late.end(), t->id) - late.begin();
    if (static_cast<std::size_t>(at) < late.size()) t = fresh[static_cast<std::size_t>(at)];
  }
  co_return std::erase(tweets, nullptr) == 0;
}

awaitable<storage::id_page> tweet_service::favorited_tweets(user_id author, page_request asked) {
  return favorited_tweets_.read(author, asked);
}

awaitable<tweet_service::answer> tweet_service::post_tweet(user_id author, std::string content,
                                                           std::optional<std::string> idempotency_key) {
  const auto stamp = ids_.next();
  new_tweet request{{stamp.id, author, {}, 0, 0}, std::move(content), stamp.at, std::nullopt};
  request.fresh.render(request.content, stamp.at);
  if (idempotency_key) {
    request.once = idempotency{std::move(*idempotency_key), hash_hex(request.content)};
  }

  const auto submitted = storage::waiter::clock::now();
  auto done = co_await backends_.writes.submit(backends_.waits, post_tweet_batch, std::move(request));
  posted& outcome = done.value;
  switch (outcome.what) {
    case posted::result::created: {
      observer_.posted(author, stamp.id);
      std::vector<storage::backends::update> updates;
      updates.push_back(users::update_of(outcome.author));
      backends_.invalidate(done, updates, submitted);
      backends_.memory.invalidate(cache_key::tweet(stamp.id));  // that it was not there
      co_return answer{stamp.id, std::move(outcome.response)};
    }
    case posted::result::replayed: {
      const tweet_id first = id_in(outcome.response);
      observer_.posted(author, first);
      backends_.invalidate(done);
      co_return answer{first, std::move(outcome.response)};
    }
    case posted::result::in_progress:
      throw problem(problem_type::conflict, "A request with this Idempotency-Key is in progress.");
    case posted::result::key_reused:
      fail_invalid("", "The Idempotency-Key was used for another request.");
    case posted::result::no_author:
      break;
  }
  fail_account_gone();
}

awaitable<void> tweet_service::delete_tweet(user_id author, tweet_id id, tweet_store::expectation expect) {
  const auto done = co_await store_.delete_tweet(author, id, std::move(expect));
  if (done.value) observer_.deleted(author, id);
  backends_.invalidate(done);
  backends_.rows_left = true;
  if (!done.value) fail_not_found("tweet");  // also after an attempt that was not told that it succeeded
}

awaitable<std::vector<std::shared_ptr<const std::int64_t>>> tweet_service::fetch_favorited(
    std::vector<favorite_key> keys) {
  const auto found = co_await store_.favorited_since(std::move(keys));
  std::vector<std::shared_ptr<const std::int64_t>> since;
  for (const auto& at : found) since.push_back(at ? std::make_shared<const std::int64_t>(*at) : nullptr);
  co_return since;
}

}  // namespace linnet::tweets
