// Tweets in SQL: reading and deleting them. Posting, the hot write, is in post_tweet.hpp.
#pragma once

#include "storage/backends.hpp"
#include "storage/id_list.hpp"
#include "tweets/favorite_window.hpp"
#include "tweets/tweet.hpp"

namespace linnet::tweets {

struct favorite_key {
  user_id user;
  tweet_id tweet;
};

// The newest tweets of an author before an id.
struct tweet_range {
  user_id author;
  tweet_id before;
  int limit;
};

// The tweets that a user favorited with ids from `low` to `high`.
struct favorite_range {
  user_id user;
  tweet_id low;
  tweet_id high;
};

// Deletes an author's tweets, of which the transaction holds the rows for update; those that were favorited
// become deleted_tweets.
void delete_locked_tweets(storage::transaction&, user_id author, const std::vector<tweet_id>&);

extern const storage::statement user_tweets_page;
extern const storage::statement favorited_tweets_page;

class tweet_store {
 public:
  explicit tweet_store(storage::backends& b) : backends_(b) {}

  // Null where there is no such tweet.
  awaitable<std::vector<tweet_ptr>> by_id(std::vector<tweet_id> ids);
  awaitable<std::vector<tweet_ptr>> range(tweet_range);
  awaitable<std::vector<favorite_window_ptr>> favorite_ids(std::vector<user_id> users);
  // A window onto that range alone: it does not cover what lies outside.
  awaitable<favorite_window_ptr> favorite_ids(favorite_range);
  // Since when each user has favorited each tweet (microseconds since 1970), if at all.
  awaitable<std::vector<std::optional<std::int64_t>>> favorited_since(std::vector<favorite_key> keys);
  // False: there is no such tweet. `expect` judges the tweet before anything is changed, under its lock,
  // given what profile::reference() returns of its author and whether they favorited it themselves; it may
  // throw, or be empty. Its favorites are left to be cleaned.
  using expectation = std::function<void(const tweet&, std::string_view author, bool favorited)>;
  awaitable<storage::committed<bool>> delete_tweet(user_id author, tweet_id, expectation expect);

  static storage::statements statements();

 private:
  storage::backends& backends_;
};

}  // namespace linnet::tweets
