#include "timelines/timeline.hpp"

#include <limits>

#include "tweets/routes.hpp"

namespace linnet::timelines {

using http::request;
using http::response;

namespace {

// How many tweets of each followee are looked at first, of so many that are wanted of all.
#define LINNET_FIRST_FEW "ceil(sqrt(k.page_size + k.skip))"

// Reads the newest few tweets of each followee and merges them. Reads more tweets of a followee only if all
// of that followee's few are on the page or before it. Few followees are like that, however many tweets they
// have.
constexpr storage::statement timeline_page{
    "timeline_page", storage::id_sorted_types,
    "SELECT k.n, p.id FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS k(owner, before, page_size, skip, n)"
    " CROSS JOIN LATERAL (WITH newest AS MATERIALIZED (SELECT c.followee_id, t.id FROM connections c"
    "   CROSS JOIN LATERAL (SELECT tweets.id FROM tweets"
    "    WHERE tweets.user_id = c.followee_id AND tweets.id < k.before"
    "    ORDER BY tweets.id DESC LIMIT " LINNET_FIRST_FEW
    ") t"
    "   WHERE c.follower_id = k.owner AND " LINNET_NOT_DELETED("c.followee_id")
    "   ORDER BY t.id DESC LIMIT k.page_size + k.skip)"
    "  SELECT id FROM newest"
    "  UNION ALL SELECT t.id FROM (SELECT followee_id, min(id) AS last FROM newest"
    "    GROUP BY followee_id HAVING count(*) = " LINNET_FIRST_FEW
    ") all_few"
    "   CROSS JOIN LATERAL (SELECT tweets.id FROM tweets"
    "    WHERE tweets.user_id = all_few.followee_id AND tweets.id < all_few.last"
    "    ORDER BY tweets.id DESC LIMIT k.page_size + k.skip) t"
    "  ORDER BY id DESC LIMIT k.page_size OFFSET k.skip) p"};

// A timeline of 2,500 followees touches as many buffers as a thousand look-ups: of a full batch eight may be
// that long.
storage::read_statement<storage::page_key, position> timeline_list() {
  auto list = storage::id_sorted_list(timeline_page);
  list.weight = 32;
  return list;
}

// GET /api/users/{username}/timeline: one's own only
awaitable<response> get_timeline(request& r, timeline_service& timelines) {
  const auto& me = r.account_named(r.params[0], "read the timeline of");
  const auto asked = http::page_asked(r, list_kind::timeline, me.user);
  const auto page = co_await timelines.timeline(me.user, asked);
  co_return tweets::tweet_list(r, page, asked, list_kind::timeline, me.user);
}

storage::id_page ids_of(const page<recent_tweet>& tweets) {
  storage::id_page ids;
  for (const auto& t : tweets.items) ids.items.push_back({t.id, t.id});
  ids.more = tweets.more;
  return ids;
}

}  // namespace

timeline_service::timeline_service(storage::backends& b, users::user_service& users,
                                   tweets::tweet_service& tweets, const recent_tweets& recent,
                                   recent_tweets_feed& feed, timeline_metrics& metrics)
    : users_(users),
      tweets_(tweets),
      recent_(recent),
      feed_(feed),
      metrics_(metrics),
      by_database_(b, list_kind::timeline, timeline_list(), false) {}

awaitable<tweets::tweets_page> timeline_service::timeline(user_id user, page_request asked) {
  const auto merged = co_await merge(user, asked);
  if (merged) {
    auto shown = co_await tweets_.show(ids_of(*merged), user);
    if (shown.items.size() == merged->items.size()) {
      metrics_.from_memory.add();
      co_return shown;
    }
    feed_.doubt(merged->items);  // one was deleted through another server
  }
  metrics_.from_database.add();
  const auto followees = co_await users_.followees_of(user);
  // PostgreSQL reads three buffers for each followee, and seven for an object that it looks up.
  request_context::charge(static_cast<int>(followees->ids.size() / 2));
  auto ids = co_await by_database_.read(user, asked);
  co_return co_await tweets_.show(std::move(ids), user);
}

awaitable<std::optional<page<recent_tweet>>> timeline_service::merge(user_id user, page_request asked) {
  recording::keep_nothing();  // the recent tweets don't tell when they change
  if (!feed_.is_current()) co_return std::nullopt;
  const auto followees = co_await users_.followees_of(user);
  if (!followees->complete) co_return std::nullopt;
  const auto size = static_cast<std::size_t>(asked.per_page);
  const auto skip = asked.after ? 0 : static_cast<std::size_t>(asked.page - 1) * size;
  const auto before = asked.after ? asked.after->id : std::numeric_limits<tweet_id>::max();
  auto found = recent_.newest(followees->ids, before, skip + size + 1);
  recording::note(recent_.removed_at());
  if (!found) co_return std::nullopt;
  page<recent_tweet> merged{std::move(*found)};
  const auto skipped = std::min(skip, merged.items.size());
  merged.items.erase(merged.items.begin(), merged.items.begin() + static_cast<std::ptrdiff_t>(skipped));
  merged.more = merged.items.size() > size;
  if (merged.more) merged.items.pop_back();
  co_return merged;
}

void add_routes(http::router& router, timeline_service& timelines) {
  router.add({http::verb::get, "/api/users/{username}/timeline", "get_timeline", http::access::account,
              http::quota::reads, [&](request& r) { return get_timeline(r, timelines); }});
}

storage::statements statements() {
  static const auto all = [] {
    std::vector<const storage::statement*> list{&timeline_page};
    for (const auto* s : recent_tweets_feed::statements()) list.push_back(s);
    return list;
  }();
  return all;
}

}  // namespace linnet::timelines
