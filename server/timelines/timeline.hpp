// The home timeline: recent tweets by those a user follows.
//
// A page is merged out of the recent tweets in memory, and its tweets are read by id. So nothing is written
// when a tweet is posted, an unfollow takes effect at once, and a celebrity costs no more than anybody. Pages
// that memory can't fill, being too old, too deep or of users who rarely tweet, are merged by the database,
// as is everything while memory is not current: the same tweets in the same order.
#pragma once

#include "http/router.hpp"
#include "storage/id_list.hpp"
#include "timelines/recent_tweets_feed.hpp"
#include "tweets/service.hpp"

namespace linnet::timelines {

struct timeline_metrics {
  counter from_memory;
  counter from_database;
};

class timeline_service {
 public:
  timeline_service(storage::backends&, users::user_service&, tweets::tweet_service&, const recent_tweets&,
                   recent_tweets_feed&, timeline_metrics&);

  awaitable<tweets::tweets_page> timeline(user_id, page_request);

 private:
  // In memory; nullopt where the database has to.
  awaitable<std::optional<page<recent_tweet>>> merge(user_id, page_request);

  users::user_service& users_;
  tweets::tweet_service& tweets_;
  const recent_tweets& recent_;
  recent_tweets_feed& feed_;
  timeline_metrics& metrics_;
  storage::id_list by_database_;
};

void add_routes(http::router&, timeline_service&);

storage::statements statements();

}  // namespace linnet::timelines
