// The rules about favorites.
#pragma once

#include "favorites/store.hpp"
#include "tweets/service.hpp"

namespace linnet::favorites {

class favorite_service {
 public:
  favorite_service(storage::backends&, tweets::tweet_service&);

  // Favoriting twice changes nothing the second time. Throws not_found when there is no such tweet.
  awaitable<favorite_outcome> favorite_tweet(user_id, user_id author, tweet_id);
  awaitable<favorite_outcome> unfavorite_tweet(user_id, user_id author, tweet_id);
  // Microseconds since 1970. Throws not_found when the user has not favorited it.
  awaitable<std::int64_t> favorited_since(user_id, tweet_id);

  awaitable<storage::id_page> tweet_favorites(tweet_id, page_request);
  awaitable<storage::id_page> user_favorites(user_id, page_request);
  awaitable<storage::id_page> activity(user_id, page_request);

 private:
  awaitable<favorite_outcome> submit(const storage::write_operation<favorite_request, favorite_outcome>&,
                                     favorite_request);

  storage::backends& backends_;
  tweets::tweet_service& tweets_;
  storage::id_list tweet_favorites_;
  storage::id_list user_favorites_;
  storage::id_list activity_;
};

}  // namespace linnet::favorites
