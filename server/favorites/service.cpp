#include "favorites/service.hpp"

namespace linnet::favorites {

namespace {

storage::backends::update update_of(tweet_id tweet, const favorite_outcome& told) {
  std::function<void(tweets::tweet&)> change = [count = told.favorites_count](tweets::tweet& held) {
    held.favorites_count = count;
  };
  return storage::backends::told(cache_key::tweet(tweet), &tweets::tweet::count_version, told.tweet_version,
                                 std::move(change));
}

}  // namespace

favorite_service::favorite_service(storage::backends& b, tweets::tweet_service& tweets)
    : backends_(b),
      tweets_(tweets),
      tweet_favorites_(b, list_kind::tweet_favorites, storage::time_sorted_list(tweet_favorites_page)),
      user_favorites_(b, list_kind::user_favorites, storage::time_sorted_list(user_favorites_page)),
      activity_(b, list_kind::activity, storage::id_sorted_list(activity_page)) {}

awaitable<favorite_outcome> favorite_service::favorite_tweet(user_id user, user_id author, tweet_id tweet) {
  return submit(favorite_tweet_batch, favorite_request{user, author, tweet});
}

awaitable<favorite_outcome> favorite_service::unfavorite_tweet(user_id user, user_id author, tweet_id tweet) {
  return submit(unfavorite_tweet_batch, favorite_request{user, author, tweet});
}

awaitable<favorite_outcome> favorite_service::submit(
    const storage::write_operation<favorite_request, favorite_outcome>& operation, favorite_request request) {
  const auto submitted = storage::waiter::clock::now();
  const auto done = co_await backends_.writes.submit(backends_.waits, operation, request);
  std::vector<storage::backends::update> updates;
  if (done.value.found && done.value.changed) {
    updates.push_back(users::update_of(done.value.user));
    updates.push_back(update_of(request.tweet, done.value));
  }
  // Without a change, too: an earlier attempt may have made it, and died before it said so.
  backends_.invalidate(done, updates, submitted);
  if (!done.value.found) fail_not_found("tweet");
  co_return done.value;
}

awaitable<std::int64_t> favorite_service::favorited_since(user_id user, tweet_id tweet) {
  std::vector<tweets::favorite_key> keys;
  keys.push_back({user, tweet});
  const auto since = co_await tweets_.favorited_since(std::move(keys));
  if (!since.front()) fail_not_found("favorite");
  co_return *since.front();
}

awaitable<storage::id_page> favorite_service::tweet_favorites(tweet_id tweet, page_request asked) {
  return tweet_favorites_.read(tweet, asked);
}

awaitable<storage::id_page> favorite_service::user_favorites(user_id user, page_request asked) {
  return user_favorites_.read(user, asked);
}

awaitable<storage::id_page> favorite_service::activity(user_id user, page_request asked) {
  return activity_.read(user, asked);
}

}  // namespace linnet::favorites
