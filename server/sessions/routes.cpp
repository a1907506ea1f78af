#include "sessions/routes.hpp"

#include "core/text.hpp"
#include "http/json_body.hpp"
#include "http/lists.hpp"
#include "http/middleware/preconditions.hpp"
#include "users/json.hpp"

namespace linnet::sessions {

using http::access;
using http::quota;
using http::request;
using http::response;
using http::verb;

namespace {

struct services {
  session_service& sessions;
  http::rate_limiter& limiter;
};

// POST /api/sessions: logs in. The quota counts by address (on the route) and, here, by name.
awaitable<response> create_session(request& r, services s) {
  http::json_body body(r);
  std::string username = body.required_text("username", {0, 1000, true, nullptr});
  std::string password = body.required_text("password", {0, 1000, true, nullptr});
  body.finish();
  http::preconditions(r).check(std::nullopt);  // who has no token yet sees nothing here
  if (is_username(username)) s.limiter.count_login(lower_ascii(username), r.client);
  const auto login = co_await s.sessions.create_session(std::move(username), std::move(password), r.client);
  std::string json = "{\"id\":\"" + std::to_string(login.session->id) + "\",\"token\":\"" + login.token +
                     "\",\"expires_at\":\"" + to_rfc3339(login.session->expires_at) + "\",\"user\":";
  users::append_user(json, *login.user, nullptr);
  response answer = http::created("/api/sessions/" + std::to_string(login.session->id), json + "}");
  answer.add_header("Cache-Control", "no-store");
  co_return answer;
}

// GET /api/sessions: one's own
awaitable<response> get_sessions(request& r, services s) {
  const auto& me = r.account();
  const auto asked = http::page_asked(r, list_kind::sessions, me.user);
  const auto page = co_await s.sessions.sessions(me.user, asked);
  std::vector<std::int64_t> ids;
  for (const auto& item : page.items) ids.push_back(item.id);
  const auto found = co_await s.sessions.find(me.user, std::move(ids));
  http::list_writer list(found.size());
  for (const auto& item : found) {
    if (!item) continue;
    auto& json = list.next_item();
    json += "{\"id\":\"" + std::to_string(item->id) + "\"";
    json += users::time_member("created_at", to_unix_micros(item->created_at));
    json += users::time_member("expires_at", to_unix_micros(item->expires_at));
    json += item->id == me.session ? ",\"current\":true}" : ",\"current\":false}";
  }
  std::optional<position> last;
  if (!page.items.empty()) last = page.items.back();
  co_return std::move(list).finish(r, asked, list_kind::sessions, me.user, last, page.more);
}

// DELETE /api/sessions/{session_id}, DELETE /api/sessions/current: logs out
awaitable<response> delete_session(request& r, services s) {
  const auto& me = r.account();
  http::expect_no_content(r);
  std::int64_t id = me.session;
  if (!r.params[0].empty()) {
    const auto given = parse_id(r.params[0]);
    if (!given) fail_malformed("A session id is a number from 1 to 9223372036854775807.");
    id = *given;
  }
  if (const http::preconditions conditions(r); conditions.given()) {
    std::vector<std::int64_t> ids{id};
    const auto found = co_await s.sessions.find(me.user, std::move(ids));
    if (!found.front()) fail_no_session(id, me.session);
    conditions.check("");  // there is no GET of it, and so no tag
  }
  co_await s.sessions.delete_session(me.user, id, me.session);
  co_return http::no_content();
}

}  // namespace

void add_routes(http::router& router, session_service& sessions, http::rate_limiter& limiter) {
  const services s{sessions, limiter};
  const auto with = [s](auto handler) { return [s, handler](request& r) { return handler(r, s); }; };
  router.add(
      {verb::post, "/api/sessions", "create_session", access::anyone, quota::logins, with(create_session)});
  router.add({verb::get, "/api/sessions", "get_sessions", access::account, quota::reads, with(get_sessions)});
  router.add({verb::delete_, "/api/sessions/current", "delete_current_session", access::account, quota::none,
              with(delete_session)});
  router.add({verb::delete_, "/api/sessions/{session_id}", "delete_session", access::account, quota::writes,
              with(delete_session)});
}

}  // namespace linnet::sessions
