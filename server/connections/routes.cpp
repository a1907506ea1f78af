#include "connections/routes.hpp"

#include "core/text.hpp"
#include "http/json_body.hpp"
#include "users/json.hpp"
#include "users/routes.hpp"

namespace linnet::connections {

using http::access;
using http::quota;
using http::request;
using http::response;
using http::verb;

namespace {

struct services {
  users::user_service& users;
  connection_service& connections;
};

// {"follower": ..., "followee": ..., "followed_at": ...}
awaitable<std::string> connection_json(services s, user_id follower, user_id followee, std::int64_t since) {
  std::vector<user_id> ids{follower, followee};
  const auto profiles = co_await s.users.find_by_id(std::move(ids));
  if (!profiles[0] || !profiles[1]) fail_not_found("user");
  co_return "{\"follower\":" + profiles[0]->reference_json + ",\"followee\":" + profiles[1]->reference_json +
      users::time_member("followed_at", since) + "}";
}

// POST /api/users/{username}/followers, PUT .../followers/{follower}: you follow the user
awaitable<response> follow_user(request& r, services s) {
  const auto me = r.method == verb::put ? r.account_named(r.params[1], "follow with") : r.account();
  http::expect_no_content(r);
  const user_id followee = co_await s.users.id_of(r.params[0]);
  const auto done = co_await s.connections.follow_user(me.user, followee);
  std::string json = co_await connection_json(s, me.user, followee, done.since);
  response answer = http::json(done.changed ? 201 : 200, std::move(json));
  answer.add_header("Location", "/api/users/" + std::string(r.params[0]) + "/followers/" + me.username);
  co_return answer;
}

// DELETE /api/users/{username}/followers/{follower}: by the follower, or by the one followed
awaitable<response> unfollow_user(request& r, services s) {
  const std::string& me = r.account().username;
  if (lower_ascii(r.params[0]) != me && lower_ascii(r.params[1]) != me) {
    fail_forbidden("You may only remove yourself or your own followers.");
  }
  http::expect_no_content(r);
  const user_id followee = co_await s.users.id_of(r.params[0]);
  const user_id follower = co_await s.users.id_of(r.params[1]);
  co_await s.connections.unfollow_user(follower, followee);
  co_return http::no_content();
}

// GET /api/users/{username}/followers/{follower}: does that user follow this one
awaitable<response> get_follower(request& r, services s) {
  const user_id followee = co_await s.users.id_of(r.params[0]);
  const user_id follower = co_await s.users.id_of(r.params[1]);
  const std::vector<user_id> others{followee};
  const auto relations = co_await s.users.relations_of(follower, others);
  const auto since = relations.front().following_since;
  if (!since) fail_not_found("follower");
  std::string json = co_await connection_json(s, follower, followee, *since);
  co_return http::json(200, std::move(json));
}

// GET /api/users/{username}/followers
awaitable<response> get_followers(request& r, services s) {
  const user_id user = co_await s.users.id_of(r.params[0]);
  const auto asked = http::page_asked(r, list_kind::followers, user);
  auto page = co_await s.connections.followers(user, asked);
  co_return co_await users::user_list(r, s.users, std::move(page), asked, list_kind::followers, user,
                                      "followed_at");
}

// GET /api/users/{username}/followees
awaitable<response> get_followees(request& r, services s) {
  const user_id user = co_await s.users.id_of(r.params[0]);
  const auto asked = http::page_asked(r, list_kind::followees, user);
  auto page = co_await s.connections.followees(user, asked);
  co_return co_await users::user_list(r, s.users, std::move(page), asked, list_kind::followees, user,
                                      "followed_at");
}

}  // namespace

void add_routes(http::router& router, users::user_service& users, connection_service& connections) {
  const services s{users, connections};
  const auto with = [s](auto handler) { return [s, handler](request& r) { return handler(r, s); }; };
  const std::string followers = "/api/users/{username}/followers";
  const std::string one = followers + "/{follower}";
  router.add({verb::get, followers, "get_followers", access::reader, quota::none, with(get_followers)});
  router.add({verb::post, followers, "follow_user", access::account, quota::writes, with(follow_user)});
  router.add({verb::get, one, "get_follower", access::reader, quota::none, with(get_follower)});
  router.add({verb::put, one, "put_follower", access::account, quota::writes, with(follow_user)});
  router.add({verb::delete_, one, "unfollow_user", access::account, quota::writes, with(unfollow_user)});
  router.add({verb::get, "/api/users/{username}/followees", "get_followees", access::reader, quota::none,
              with(get_followees)});
}

}  // namespace linnet::connections
