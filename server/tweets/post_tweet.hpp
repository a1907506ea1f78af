// Posting tweets: the batched write, with Idempotency-Key.
#pragma once

#include "storage/database_writer.hpp"
#include "tweets/tweet.hpp"
#include "users/counters.hpp"

namespace linnet::tweets {

struct idempotency {
  std::string key;
  std::string request_hash;  // hexadecimal; two requests are the same when these are equal
};

struct new_tweet {
  tweet fresh;  // rendered
  std::string content;
  timestamp created_at;
  std::optional<idempotency> once;
};

struct posted {
  enum class result {
    created,
    replayed,     // the key was used for this request before: `response` is the first answer
    key_reused,   // ... for another request
    in_progress,  // ... by another server, which has not committed yet
    no_author,    // the account is gone
  } what = result::no_author;
  std::string response;  // the answer; kept with the key for replays
  users::counts author;  // if created
};

extern const storage::write_operation<new_tweet, posted> post_tweet_batch;

storage::statements post_tweet_statements();

}  // namespace linnet::tweets
