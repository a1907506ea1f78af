#include "connections/routes.hpp"

#include "core/text.hpp"
#include "http/json_body.hpp"
#include "http/middleware/preconditions.hpp"
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
std::string connection_json(std::string_view follower, std::string_view followee, std::int64_t since) {
  std::string json = "{\"follower\":";
  users::append_reference(json, follower);
  json += ",\"followee\":";
  users::append_reference(json, followee);
  return json + users::time_member("followed_at", since) + "}";
}

// GET /api/users/{username}/followers/{follower}: does that user follow this one
awaitable<response> get_follower(request& r, services s) {
  const auto followee = co_await s.users.get_user(r.params[0]);
  const auto follower = co_await s.users.get_user(r.params[1]);
  const auto between = co_await s.users.relation_of(follower->id, followee->id);
  if (!between.following_since) fail_not_found("follower");
  co_return http::json(
      200, connection_json(follower->reference(), followee->reference(), *between.following_since));
}

// GET /api/users/{username}/followers
awaitable<response> get_followers(request& r, services s) {
  const user_id user = co_await s.users.id_of(r.params[0]);
  const auto asked = http::page_asked(r, list_kind::followers, user);
  auto page = co_await s.connections.followers(user, asked);
  co_return co_await users::user_list(r, s.users, std::move(page), asked, list_kind::followers, user,
                                      "followed_at");
}

// POST /api/users/{username}/followers, PUT .../followers/{follower}: you follow the user
awaitable<response> follow_user(request& r, services s) {
  const auto me = r.method == verb::put ? r.account_named(r.params[1], "follow with") : r.account();
  http::expect_no_content(r);
  const user_id followee = co_await s.users.id_of(r.params[0]);
  const http::preconditions conditions(r);
  const bool one = r.method == verb::put;  // the target is this connection, not the list
  if (conditions.given()) {
    auto current = one ? get_follower(r, s) : get_followers(r, s);
    co_await conditions.check_against(std::move(current));
  }
  const auto done = co_await s.connections.follow_user(me.user, followee);
  if (one && !done.changed && conditions.want_nothing()) http::fail_precondition();  // another was faster
  response answer = http::json(done.changed ? 201 : 200,
                               connection_json(done.follower_reference, done.followee_reference, done.since));
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
  const http::preconditions conditions(r);
  if (conditions.given()) {
    auto current = get_follower(r, s);
    co_await conditions.check_against(std::move(current));
  }
  const auto done = co_await s.connections.unfollow_user(follower, followee);
  if (!done.changed && conditions.want_something()) http::fail_precondition();  // another was faster
  co_return http::no_content();
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
  router.add({verb::get, followers, "get_followers", access::reader, quota::reads, with(get_followers)});
  router.add({verb::post, followers, "follow_user", access::account, quota::writes, with(follow_user)});
  router.add({verb::get, one, "get_follower", access::reader, quota::reads, with(get_follower)});
  router.add({verb::put, one, "put_follower", access::account, quota::writes, with(follow_user)});
  router.add({verb::delete_, one, "unfollow_user", access::account, quota::writes, with(unfollow_user)});
  router.add({verb::get, "/api/users/{username}/followees", "get_followees", access::reader, quota::reads,
              with(get_followees)});
}

}  // namespace linnet::connections
