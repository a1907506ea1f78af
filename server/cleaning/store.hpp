// Deletes what is left of deleted users and tweets, in SQL. Each step is one transaction of max_rows rows at
// most, and corrects the counts of all others whom these rows counted for. The tables deleted_users and
// deleted_tweets say what is left to do and where the next step begins, so a server goes on where another one
// died.
//
// A step deletes rows of one kind only: so it locks in the order that all writes keep (rows, tweet_counters,
// user_counters).
#pragma once

#include "storage/backends.hpp"

namespace linnet::cleaning {

constexpr int max_rows = 200;
constexpr int max_tweets = 50;  // of deleted_tweets, in one step

enum class table { none, connections, favorites, tweets, idempotency_keys };

struct step {
  bool found = false;  // a user, or tweets, that no other server cleans at this moment
  table of = table::none;
  std::size_t rows = 0;  // deleted
  storage::changes changed;
};

class cleaning_store {
 public:
  explicit cleaning_store(storage::backends& b) : backends_(b) {}

  // Users take turns by id: a step cleans the next user beyond `last`. It sets `last` before it deletes
  // anything, on a thread of the writer, so that after a failure the next step is another user's.
  awaitable<storage::committed<step>> clean_user(std::atomic<user_id>& last);
  // The same for deleted tweets.
  awaitable<storage::committed<step>> clean_tweets(std::atomic<tweet_id>& last);
  // How long ago the oldest deletion was of which rows are left, by the primary's clock; nullopt: none is
  // left.
  awaitable<std::optional<std::chrono::duration<double>>> lag();

  static storage::statements statements();

 private:
  storage::backends& backends_;
};

}  // namespace linnet::cleaning
