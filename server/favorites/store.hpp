// Favorites in SQL. Both writes are batched: a hundred favorites of one viral tweet in a batch are one update
// of its counter.
#pragma once

#include "storage/backends.hpp"
#include "storage/id_list.hpp"
#include "tweets/tweet.hpp"
#include "users/counters.hpp"

namespace linnet::favorites {

struct favorite_request {
  user_id user = 0;
  user_id author = 0;
  tweet_id tweet = 0;
};

struct favorite_outcome {
  bool found = false;      // the tweet, its author and the user exist
  bool changed = false;    // this request made the difference; also where one of them is gone
  std::int64_t since = 0;  // microseconds since 1970; of favoriting
  // If found and changed: the counts of who favorited it, and the tweet's, with a version as users::counts
  // has.
  users::counts user;
  std::int64_t favorites_count = 0;
  std::uint64_t tweet_version = 0;
  // If found, of favoriting: who favorited it, the tweet as it is now, and its author; users
  // as profile::reference() has them.
  std::string user_reference;
  tweets::tweet_ptr tweet;
  std::string author_reference;
};

extern const storage::write_operation<favorite_request, favorite_outcome> favorite_tweet_batch;
extern const storage::write_operation<favorite_request, favorite_outcome> unfavorite_tweet_batch;

// Ends these favorites and corrects the counts of the users and tweets that are left, where the user or the
// tweet is gone. Returns what that changes. Locks rows as unfavorite_tweet does.
storage::changes end_favorites(storage::transaction&, const std::vector<favorite_request>&);

extern const storage::statement tweet_favorites_page;  // users who favorited a tweet
extern const storage::statement user_favorites_page;   // tweets that a user favorited
extern const storage::statement activity_page;         // tweets that a user wrote or favorited

storage::statements statements();

}  // namespace linnet::favorites
