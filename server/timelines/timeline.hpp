// The home timeline: recent tweets by those a user follows.
//
// Each followee's newest tweets are one short index range, merged by id: nothing is written when a tweet is
// posted, an unfollow takes effect at once, and a celebrity costs no more than anybody.
#pragma once

#include "http/router.hpp"
#include "storage/id_list.hpp"
#include "tweets/service.hpp"

namespace linnet::timelines {

class timeline_service {
 public:
  explicit timeline_service(storage::backends&);
  awaitable<storage::id_page> timeline(user_id, page_request);

 private:
  storage::id_list timeline_;
};

void add_routes(http::router&, tweets::tweet_service&, timeline_service&);

storage::statements statements();

}  // namespace linnet::timelines
