#include "tweets/routes.hpp"

#include "http/json_body.hpp"
#include "http/middleware/conditional.hpp"
#include "http/middleware/preconditions.hpp"
#include "tweets/json.hpp"

namespace linnet::tweets {

using http::access;
using http::quota;
using http::request;
using http::response;
using http::verb;

namespace {

struct services {
  users::user_service& users;
  tweet_service& tweets;
};

constexpr http::text_rule content_rule{1,      140,      false,
                                       to_nfc, is_prose, "must not have control characters but line feeds"};

// The key in Idempotency-Key, 1 to 255 visible ASCII characters.
std::optional<std::string> idempotency_key_of(const request& r) {
  const auto key = r.header(http::known_header::idempotency_key);
  if (key.data() == nullptr) return std::nullopt;
  const bool visible = std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (key.empty() || key.size() > 255 || !visible) {
    fail_malformed("Idempotency-Key must have 1 to 255 visible ASCII characters.");
  }
  return std::string(key);
}

// GET /api/users/{username}/tweets, with ?favorited=true those favorited at least once
awaitable<response> get_user_tweets(request& r, services s) {
  const auto author = co_await s.users.get_user(r.params[0]);
  const auto favorited = r.query.empty() ? std::nullopt : r.parameter("favorited");
  if (favorited && *favorited != "true" && *favorited != "false") {
    fail_malformed("The parameter 'favorited' must be true or false.");
  }
  const auto kind = favorited == "true" ? list_kind::favorited_tweets : list_kind::user_tweets;
  const auto asked = http::page_asked(r, kind, author->id);
  tweets_page page;
  if (kind == list_kind::favorited_tweets) {
    auto ids = co_await s.tweets.favorited_tweets(author->id, asked);
    page = co_await s.tweets.show(std::move(ids), r.viewer_id());
  } else {
    page = co_await s.tweets.user_tweets(author, asked, r.viewer_id());
  }
  co_return tweet_list(r, page, asked, kind, author->id);
}

// POST /api/users/{username}/tweets
awaitable<response> post_tweet(request& r, services s) {
  const auto& me = r.account_named(r.params[0], "post as");
  auto key = idempotency_key_of(r);
  http::json_body body(r);
  std::string content = body.required_text("content", content_rule);
  body.finish();
  const http::preconditions conditions(r);
  if (conditions.given()) {
    auto current = get_user_tweets(r, s);
    co_await conditions.check_against(std::move(current));
  }
  auto posted = co_await s.tweets.post_tweet(me.user, std::move(content), std::move(key));
  co_return http::created("/api/users/" + std::string(r.params[0]) + "/tweets/" + std::to_string(posted.id),
                          std::move(posted.json));
}

// GET /api/users/{username}/tweets/{tweet_id}
awaitable<response> get_tweet(request& r, services s) {
  const tweet_id id = tweet_id_of(r.params[1]);
  auto author = co_await s.users.get_user(r.params[0]);
  const auto shown = co_await s.tweets.show_tweet(std::move(author), id, r.viewer_id());
  std::string json;
  append_tweet(json, shown);
  co_return http::json(200, std::move(json));
}

// What If-Match and If-None-Match say of one's own tweet, to be judged under its lock; empty: nothing.
tweet_store::expectation expectation_of(const request& r) {
  const http::preconditions conditions(r);
  if (!conditions.given()) return nullptr;
  return [conditions](const tweet& current, std::string_view author, bool favorited) {
    std::string json;
    append_tweet(json, current, author, favorited);
    conditions.check(http::entity_tag(json));
  };
}

// DELETE /api/users/{username}/tweets/{tweet_id}
awaitable<response> delete_tweet(request& r, services s) {
  const tweet_id id = tweet_id_of(r.params[1]);
  http::expect_no_content(r);
  const user_id author = co_await s.users.id_of(r.params[0]);
  if (author != r.account().user) {
    co_await s.tweets.get_tweet(author, id);
    fail_forbidden("You may only delete your own tweets.");
  }
  auto expect = expectation_of(r);
  co_await s.tweets.delete_tweet(author, id, std::move(expect));
  co_return http::no_content();
}

// GET /api/tweets?ids=1,2: those that exist, in the order asked
awaitable<response> get_tweets(request& r, services s) {
  std::vector<tweet_id> ids;
  for (const auto& text : http::names_asked(r, "ids")) ids.push_back(tweet_id_of(text));
  const auto shown = co_await s.tweets.show(std::move(ids), r.viewer_id());
  http::list_writer list(shown.size());
  for (const auto& t : shown) append_tweet(list.next_item(), t);
  co_return std::move(list).finish_lookup();
}

}  // namespace

tweet_id tweet_id_of(std::string_view text) {
  const auto id = parse_id(text);
  if (!id) fail_malformed("A tweet id is a number from 1 to 9223372036854775807.");
  return *id;
}

response tweet_list(const request& r, const tweets_page& page, const page_request& asked, list_kind kind,
                    std::int64_t owner) {
  http::list_writer list(page.items.size());
  for (const auto& t : page.items) append_tweet(list.next_item(), t);
  return std::move(list).finish(r, asked, kind, owner, page.last, page.more);
}

void add_routes(http::router& router, users::user_service& users, tweet_service& tweets) {
  const services s{users, tweets};
  const auto with = [s](auto handler) { return [s, handler](request& r) { return handler(r, s); }; };
  router.add({verb::get, "/api/users/{username}/tweets", "get_user_tweets", access::reader, quota::reads,
              with(get_user_tweets)});
  router.add({verb::post, "/api/users/{username}/tweets", "post_tweet", access::account, quota::writes,
              with(post_tweet)});
  router.add({verb::get, "/api/users/{username}/tweets/{tweet_id}", "get_tweet", access::reader, quota::reads,
              with(get_tweet)});
  router.add({verb::delete_, "/api/users/{username}/tweets/{tweet_id}", "delete_tweet", access::account,
              quota::writes, with(delete_tweet)});
  router.add({verb::get, "/api/tweets", "get_tweets", access::reader, quota::reads, with(get_tweets)});
}

}  // namespace linnet::tweets
