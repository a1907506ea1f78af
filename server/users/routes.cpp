#include "users/routes.hpp"

#include "core/text.hpp"
#include "http/json_body.hpp"
#include "http/middleware/preconditions.hpp"
#include "users/json.hpp"

namespace linnet::users {

using http::access;
using http::quota;
using http::request;
using http::response;
using http::verb;

namespace {

constexpr http::text_rule username_rule{1,       15,          true,
                                        nullptr, is_username, "must be of A-Z, a-z, 0-9 and _ only"};
constexpr http::text_rule name_rule{
    0,      50,          true,
    to_nfc, is_one_line, "must be one line without control characters, bidirectional overrides and the like"};
constexpr http::text_rule description_rule{
    0, 160, true, to_nfc, is_prose, "must not have control characters but line feeds"};
constexpr http::text_rule password_rule{8, 128, true, to_opaque_string};

// What If-Match and If-None-Match say of one's own profile, to be judged under its lock; empty: nothing.
std::function<void(const profile&)> expectation_of(const request& r) {
  const http::preconditions conditions(r);
  if (!conditions.given()) return nullptr;
  return [conditions](const profile& current) {
    const standing self;  // as GET by the owner: nobody follows themselves
    conditions.check(profile_tag(current, user_json(current, &self)));
  };
}

// POST /api/users: registers a user
awaitable<response> register_user(request& r, user_service& users) {
  http::json_body body(r);
  new_user user;
  user.username = body.required_text("username", username_rule);
  std::string password = body.required_text("password", password_rule);
  user.first_name = body.optional_text("first_name", name_rule).value_or("");
  user.last_name = body.optional_text("last_name", name_rule).value_or("");
  user.description = body.optional_text("description", description_rule).value_or("");
  body.finish();
  http::preconditions(r).check(std::nullopt);  // this path alone shows nothing
  const auto registered = co_await users.register_user(std::move(user), std::move(password), r.client);
  co_return http::created("/api/users/" + registered->username, user_json(*registered, nullptr));
}

// GET /api/users/{username}
awaitable<response> get_user(request& r, user_service& users) {
  const auto found = co_await users.get_user(r.params[0]);
  const auto viewed = co_await viewed_by(users, r.viewer, found->id);
  response answer = http::json(200, user_json(*found, viewed ? &*viewed : nullptr));
  answer.tag = profile_tag(*found, answer.body);
  co_return answer;
}

// GET /api/users?usernames=a,b: those that exist, in the order asked
awaitable<response> get_users(request& r, user_service& users) {
  const auto names = http::names_asked(r, "usernames");
  const auto profiles = co_await users.find_by_name(names);
  std::vector<user_id> ids;
  for (const auto& p : profiles) {
    if (p) ids.push_back(p->id);
  }
  std::vector<standing> standings;
  if (r.viewer) standings = co_await users.standings(r.viewer->user, ids);
  http::list_writer list(profiles.size());
  std::vector<user_id> written;  // a name may be asked for in two cases
  std::size_t position = 0;
  for (const auto& p : profiles) {
    if (!p) continue;
    const auto* viewed = r.viewer ? &standings[position] : nullptr;
    ++position;
    if (std::find(written.begin(), written.end(), p->id) != written.end()) continue;
    written.push_back(p->id);
    append_user(list.next_item(), *p, viewed);
  }
  co_return std::move(list).finish_lookup();
}

// PATCH /api/users/{username}: changes one's own profile (RFC 7396)
awaitable<response> update_user(request& r, user_service& users) {
  const auto& me = r.account_named(r.params[0], "change");
  http::json_body body(r);
  profile_changes changes;
  changes.first_name = body.optional_text("first_name", name_rule, true);
  changes.last_name = body.optional_text("last_name", name_rule, true);
  changes.description = body.optional_text("description", description_rule, true);
  body.finish();
  auto expect = expectation_of(r);
  const auto updated = co_await users.update_user(me.user, std::move(changes), std::move(expect));
  const standing self;
  std::string json = user_json(*updated, &self);
  const std::string tag = profile_tag(*updated, json);
  response answer = http::json(200, std::move(json));
  answer.add_header("ETag", tag);
  co_return answer;
}

// PUT /api/users/{username}/password: ends all other sessions
awaitable<response> change_password(request& r, user_service& users) {
  const auto& me = r.account_named(r.params[0], "change the password of");
  http::json_body body(r);
  std::string current = body.required_text("current_password", {0, 1000, true, nullptr});
  std::string next = body.required_text("new_password", password_rule);
  body.finish();
  auto expect = expectation_of(r);
  co_await users.change_password(me.user, me.username, std::move(current), std::move(next), me.session,
                                 std::move(expect), r.client);
  co_return http::no_content();
}

// DELETE /api/users/{username}: with everything of theirs
awaitable<response> delete_user(request& r, user_service& users) {
  const auto& me = r.account_named(r.params[0], "delete");
  http::expect_no_content(r);
  auto expect = expectation_of(r);
  co_await users.delete_user(me.user, me.session, std::move(expect));
  co_return http::no_content();
}

}  // namespace

awaitable<std::optional<standing>> viewed_by(user_service& users,
                                             const std::optional<http::principal>& viewer, user_id user) {
  if (!viewer) co_return std::nullopt;
  const std::vector<user_id> others{user};
  const auto standings = co_await users.standings(viewer->user, others);
  co_return standings.front();
}

awaitable<response> user_list(request& r, user_service& users, storage::id_page page, page_request asked,
                              list_kind kind, std::int64_t owner, std::string_view time_name) {
  std::vector<user_id> ids;
  for (const auto& item : page.items) ids.push_back(static_cast<user_id>(item.id));
  std::vector<standing> standings;
  if (r.viewer) standings = co_await users.standings(r.viewer->user, ids);
  const auto profiles = co_await users.find_by_id(std::move(ids));
  http::list_writer list(profiles.size());
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    if (!profiles[i]) continue;
    const auto* viewed = r.viewer ? &standings[i] : nullptr;
    append_user(list.next_item(), *profiles[i], viewed, time_member(time_name, page.items[i].sort_key));
  }
  std::optional<position> last;
  if (!page.items.empty()) last = page.items.back();
  co_return std::move(list).finish(r, asked, kind, owner, last, page.more);
}

void add_routes(http::router& router, user_service& users) {
  const auto with = [&users](auto handler) {
    return [&users, handler](request& r) { return handler(r, users); };
  };
  router.add(
      {verb::post, "/api/users", "register_user", access::anyone, quota::registrations, with(register_user)});
  router.add({verb::get, "/api/users", "get_users", access::reader, quota::reads, with(get_users)});
  router.add({verb::get, "/api/users/{username}", "get_user", access::reader, quota::reads, with(get_user)});
  router.add({verb::patch, "/api/users/{username}", "update_user", access::account, quota::writes,
              with(update_user)});
  router.add({verb::put, "/api/users/{username}/password", "change_password", access::account, quota::logins,
              with(change_password)});
  router.add({verb::delete_, "/api/users/{username}", "delete_user", access::account, quota::writes,
              with(delete_user)});
}

}  // namespace linnet::users
