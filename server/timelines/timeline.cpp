#include "timelines/timeline.hpp"

#include <array>

#include "tweets/routes.hpp"

namespace linnet::timelines {

using http::request;
using http::response;

namespace {

constexpr storage::statement timeline_page{
    "timeline_page", storage::id_sorted_types,
    "SELECT k.n, p.id FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS k(owner, before, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT t.id FROM connections c"
    "  CROSS JOIN LATERAL (SELECT tweets.id FROM tweets WHERE tweets.user_id = c.followee_id AND tweets.id < "
    "k.before"
    "   ORDER BY tweets.id DESC LIMIT k.page_size + k.skip) t"
    "  WHERE c.follower_id = k.owner ORDER BY t.id DESC LIMIT k.page_size OFFSET k.skip) p"};

// GET /api/users/{username}/timeline: one's own only
awaitable<response> get_timeline(request& r, tweets::tweet_service& tweets, timeline_service& timelines) {
  const auto& me = r.account_named(r.params[0], "read the timeline of");
  const auto asked = http::page_asked(r, list_kind::timeline, me.user);
  auto ids = co_await timelines.timeline(me.user, asked);
  const auto page = co_await tweets.show(std::move(ids), me.user);
  co_return tweets::tweet_list(r, page, asked, list_kind::timeline, me.user);
}

}  // namespace

timeline_service::timeline_service(storage::backends& b)
    : timeline_(b, list_kind::timeline, storage::id_sorted_list(timeline_page), false) {}

awaitable<storage::id_page> timeline_service::timeline(user_id user, page_request asked) {
  return timeline_.read(user, asked);
}

void add_routes(http::router& router, tweets::tweet_service& tweets, timeline_service& timelines) {
  router.add({http::verb::get, "/api/users/{username}/timeline", "get_timeline", http::access::account,
              http::quota::none, [&](request& r) { return get_timeline(r, tweets, timelines); }});
}

storage::statements statements() {
  static constexpr std::array all{&timeline_page};
  return all;
}

}  // namespace linnet::timelines
