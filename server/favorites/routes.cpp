#include "favorites/routes.hpp"

#include "http/json_body.hpp"
#include "http/middleware/preconditions.hpp"
#include "tweets/json.hpp"
#include "tweets/routes.hpp"
#include "users/json.hpp"
#include "users/routes.hpp"

namespace linnet::favorites {

using http::access;
using http::quota;
using http::request;
using http::response;
using http::verb;

namespace {

struct services {
  users::user_service& users;
  tweets::tweet_service& tweets;
  favorite_service& favorites;
};

// {"user": ..., "tweet": ..., "favorited_at": ...}
std::string favorite_json(std::string_view user, const tweets::tweet& tweet, std::string_view author,
                          std::optional<bool> favorited, std::int64_t since) {
  std::string json = "{\"user\":";
  users::append_reference(json, user);
  json += ",\"tweet\":";
  tweets::append_tweet(json, tweet, author, favorited);
  return json + users::time_member("favorited_at", since) + "}";
}

// GET /api/users/{username}/tweets/{tweet_id}/favorites/{favoriter}: has that user favorited it
awaitable<response> get_favorite(request& r, services s) {
  const tweet_id tweet = tweets::tweet_id_of(r.params[1]);
  auto author = co_await s.users.get_user(r.params[0]);
  const auto shown = co_await s.tweets.show_tweet(std::move(author), tweet, r.viewer_id());
  const auto user = co_await s.users.get_user(r.params[2]);
  const auto since = co_await s.favorites.favorited_since(user->id, tweet);
  co_return http::json(
      200, favorite_json(user->reference(), *shown.tweet, shown.author->reference(), shown.favorited, since));
}

// GET /api/users/{username}/tweets/{tweet_id}/favorites: the users who favorited it
awaitable<response> get_tweet_favorites(request& r, services s) {
  const tweet_id tweet = tweets::tweet_id_of(r.params[1]);
  const user_id author = co_await s.users.id_of(r.params[0]);
  co_await s.tweets.get_tweet(author, tweet);
  const auto asked = http::page_asked(r, list_kind::tweet_favorites, tweet);
  auto page = co_await s.favorites.tweet_favorites(tweet, asked);
  co_return co_await users::user_list(r, s.users, std::move(page), asked, list_kind::tweet_favorites, tweet,
                                      "favorited_at");
}

// Holds the request's conditions against the favorite, or against the list of them. The tweet has to be
// there: without it the request would be 404, whatever its conditions.
awaitable<void> check_conditions(request& r, services s, const http::preconditions& conditions,
                                 user_id author, tweet_id tweet) {
  if (!conditions.given()) co_return;
  co_await s.tweets.get_tweet(author, tweet);
  auto current = r.method == verb::post ? get_tweet_favorites(r, s) : get_favorite(r, s);
  co_await conditions.check_against(std::move(current));
}

// POST /api/users/{username}/tweets/{tweet_id}/favorites, PUT .../favorites/{favoriter}: you favorite it
awaitable<response> favorite_tweet(request& r, services s) {
  const tweet_id tweet = tweets::tweet_id_of(r.params[1]);
  const auto me = r.method == verb::put ? r.account_named(r.params[2], "favorite with") : r.account();
  http::expect_no_content(r);
  const user_id author = co_await s.users.id_of(r.params[0]);
  const http::preconditions conditions(r);
  co_await check_conditions(r, s, conditions, author, tweet);
  const auto done = co_await s.favorites.favorite_tweet(me.user, author, tweet);
  const bool one = r.method == verb::put;
  if (one && !done.changed && conditions.want_nothing()) http::fail_precondition();  // another was faster
  std::string json = favorite_json(done.user_reference, *done.tweet, done.author_reference, true, done.since);
  response answer = http::json(done.changed ? 201 : 200, std::move(json));
  answer.add_header("Location", "/api/users/" + std::string(r.params[0]) + "/tweets/" +
                                    std::to_string(tweet) + "/favorites/" + me.username);
  co_return answer;
}

// DELETE /api/users/{username}/tweets/{tweet_id}/favorites/{favoriter}
awaitable<response> unfavorite_tweet(request& r, services s) {
  const tweet_id tweet = tweets::tweet_id_of(r.params[1]);
  const auto me = r.account_named(r.params[2], "unfavorite with");
  http::expect_no_content(r);
  const user_id author = co_await s.users.id_of(r.params[0]);
  const http::preconditions conditions(r);
  co_await check_conditions(r, s, conditions, author, tweet);
  const auto done = co_await s.favorites.unfavorite_tweet(me.user, author, tweet);
  if (!done.changed && conditions.want_something()) http::fail_precondition();  // another was faster
  co_return http::no_content();
}

// GET /api/users/{username}/favorites: the tweets that the user favorited
awaitable<response> get_user_favorites(request& r, services s) {
  const user_id user = co_await s.users.id_of(r.params[0]);
  const auto asked = http::page_asked(r, list_kind::user_favorites, user);
  const auto favorites = co_await s.favorites.user_favorites(user, asked);
  const auto page = co_await s.tweets.show(favorites, r.viewer_id());
  http::list_writer list(page.items.size());
  auto item = favorites.items.begin();
  for (const auto& t : page.items) {
    while (item->id != t.tweet->id) ++item;  // show() leaves out what is gone and keeps the order
    tweets::append_tweet(list.next_item(), t, users::time_member("favorited_at", item->sort_key));
  }
  co_return std::move(list).finish(r, asked, list_kind::user_favorites, user, page.last, page.more);
}

// GET /api/users/{username}/activity: tweets that the user wrote or favorited, by their age
awaitable<response> get_activity(request& r, services s) {
  const user_id user = co_await s.users.id_of(r.params[0]);
  const auto asked = http::page_asked(r, list_kind::activity, user);
  auto ids = co_await s.favorites.activity(user, asked);
  const auto page = co_await s.tweets.show(std::move(ids), r.viewer_id());
  co_return tweets::tweet_list(r, page, asked, list_kind::activity, user);
}

}  // namespace

void add_routes(http::router& router, users::user_service& users, tweets::tweet_service& tweets,
                favorite_service& favorites) {
  const services s{users, tweets, favorites};
  const auto with = [s](auto handler) { return [s, handler](request& r) { return handler(r, s); }; };
  const std::string of_tweet = "/api/users/{username}/tweets/{tweet_id}/favorites";
  const std::string one = of_tweet + "/{favoriter}";
  router.add(
      {verb::get, of_tweet, "get_tweet_favorites", access::reader, quota::reads, with(get_tweet_favorites)});
  router.add({verb::post, of_tweet, "favorite_tweet", access::account, quota::writes, with(favorite_tweet)});
  router.add({verb::get, one, "get_favorite", access::reader, quota::reads, with(get_favorite)});
  router.add({verb::put, one, "put_favorite", access::account, quota::writes, with(favorite_tweet)});
  router.add(
      {verb::delete_, one, "unfavorite_tweet", access::account, quota::writes, with(unfavorite_tweet)});
  router.add({verb::get, "/api/users/{username}/favorites", "get_user_favorites", access::reader,
              quota::reads, with(get_user_favorites)});
  router.add({verb::get, "/api/users/{username}/activity", "get_activity", access::reader, quota::reads,
              with(get_activity)});
}

}  // namespace linnet::favorites
