// The rules about tweets.
#pragma once

#include "storage/read_through.hpp"
#include "tweets/post_tweet.hpp"
#include "tweets/store.hpp"
#include "tweets/tweet_observer.hpp"
#include "users/service.hpp"

namespace linnet::tweets {

// A tweet with what its JSON needs beside it.
struct shown_tweet {
  tweet_ptr tweet;
  users::profile_ptr author;
  std::optional<bool> favorited;  // by the viewer, if there is one
};

// A page of a list of tweets.
struct tweets_page {
  std::vector<shown_tweet> items;  // without those that are gone
  std::optional<position> last;    // of the page, in front of what is gone too
  bool more = false;
};

class tweet_service {
 public:
  tweet_service(storage::backends&, users::user_service&, id_generator&, tweet_observer&);

  // Throws not_found, also when the tweet is another author's.
  awaitable<tweet_ptr> get_tweet(user_id author, tweet_id);
  // The same, as the viewer sees it.
  awaitable<shown_tweet> show_tweet(users::profile_ptr author, tweet_id, std::optional<user_id> viewer);
  // With authors and the viewer's favorites; tweets that are gone are left out.
  awaitable<std::vector<shown_tweet>> show(std::vector<tweet_id> ids, std::optional<user_id> viewer);
  // Null where the user has not favorited the tweet; else since when.
  awaitable<std::vector<std::shared_ptr<const std::int64_t>>> favorited_since(std::vector<favorite_key>);

  awaitable<tweets_page> show(storage::id_page, std::optional<user_id> viewer);

  awaitable<tweets_page> user_tweets(users::profile_ptr author, page_request, std::optional<user_id> viewer);
  awaitable<storage::id_page> favorited_tweets(user_id author, page_request);

  struct answer {
    tweet_id id;
    std::string json;
  };
  // The answer to the first request with this idempotency key. Throws conflict while that is under way,
  // invalid_content when the key belongs to another request.
  awaitable<answer> post_tweet(user_id author, std::string content,
                               std::optional<std::string> idempotency_key);
  // `expect` as in tweet_store.
  awaitable<void> delete_tweet(user_id author, tweet_id, tweet_store::expectation expect);

 private:
  awaitable<std::vector<std::shared_ptr<const std::int64_t>>> fetch_favorited(std::vector<favorite_key> keys);
  awaitable<bool> bring_up_to_date(user_id author, std::vector<tweet_ptr>&);
  void offer(user_id author, const page_request&, const tweets_page&,
             storage::local_cache::moment read_after);
  awaitable<void> mark_favorites(std::vector<shown_tweet>&, user_id viewer);
  awaitable<favorite_window_ptr> favorite_window_over(const std::vector<shown_tweet>&, user_id viewer);

  storage::backends& backends_;
  users::user_service& users_;
  id_generator& ids_;
  tweet_observer& observer_;
  tweet_store store_;
  storage::read_through<tweet_id, tweet> tweets_;
  storage::read_through<favorite_key, std::int64_t> favorited_;
  storage::read_through<user_id, favorite_window> favorite_windows_;
  storage::id_list user_tweets_;
  storage::id_list favorited_tweets_;
};

}  // namespace linnet::tweets
