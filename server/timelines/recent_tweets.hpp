// The newest tweets of everybody, as pairs of tweet and author, out of which home timelines are merged.
//
// The pairs lie in a ring, 16 bytes each, in the order in which they came to light; once it is full, each new
// one takes the place of the oldest. Those of one author are chained from the newest to the oldest. Beside
// the ring, a table by user id (they are dense) says where each chain begins: 24 bytes a user.
//
// What it promises is a span: every tweet since from() that it was told of is here. It is filled from both
// ends: add() as tweets come to light, extend() from the present back into the past.
//
// Safe to call from any thread. Readers share a lock, writers hold it for microseconds.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <vector>

#include "tweets/tweet_observer.hpp"

namespace linnet::timelines {

struct recent_tweet {
  tweet_id id;
  user_id author;
};

class recent_tweets final : public tweets::tweet_observer {
 public:
  static constexpr std::size_t bytes_per_tweet = 16;
  // What one call of newest() may cost: beyond, the database is no slower.
  static constexpr std::size_t max_depth = 10'000;

  // Takes memory as it fills.
  explicit recent_tweets(std::size_t capacity);

  // In any order; those that are known are passed over, and those before the span once it can't grow any
  // more.
  void add(std::span<const recent_tweet>);
  // The next older tweets before from(), newest first: they begin the span now. False when there is no room
  // for more.
  bool extend(std::span<const recent_tweet>);
  // There is nothing before from().
  void extend_to_the_beginning();
  // Holds the lock for max_depth steps down the author's chain at a time. Not on an event loop.
  void remove(const recent_tweet&);
  // All of this author's tweets, at once.
  void remove_author(user_id);

  // The `limit` newest tweets by these authors before one id, newest first; fewer only if there are no more
  // at all. Nullopt when the span does not reach that far back, or the limit or the number of their tweets
  // since `before` exceeds max_depth. Each author once.
  std::optional<std::vector<recent_tweet>> newest(std::span<const user_id> authors, tweet_id before,
                                                  std::size_t limit) const;

  // When the last one went that was not the oldest. What is new comes to light as an object as well.
  std::chrono::steady_clock::time_point removed_at() const {
    return removed_at_.load(std::memory_order_acquire);
  }

  tweet_id from() const;
  std::size_t size() const;

  // Those beyond max_depth newer tweets of the author are left to the feed.
  void posted(user_id author, tweet_id id) override;
  void deleted(user_id author, tweet_id id) override;

 private:
  // A place in the ring, counted on and on: those before tail_ are gone, whoever still points to them.
  using place = std::uint64_t;
  struct entry {
    tweet_id id;  // 0: was removed
    place older;  // of the same author
  };
  static_assert(sizeof(entry) == bytes_per_tweet);
  struct chain {
    place newest = 0;
    place oldest = 0;
  };
  struct cursor;

  entry& at(place p) { return ring_[p % capacity_]; }
  const entry& at(place p) const { return ring_[p % capacity_]; }
  bool holds(place p) const { return p >= tail_; }
  tweet_id first_id() const { return std::max(from_, tweet_id{1}); }  // of the span
  bool is_full() const { return head_ - tail_ == capacity_; }
  tweet_id id_at(place p) const { return holds(p) ? at(p).id : 0; }
  void make_room_for(user_id author);
  bool ends_chain(const recent_tweet&) const;
  std::optional<std::vector<cursor>> newest_chains(std::span<const user_id> authors, tweet_id before,
                                                   std::size_t limit) const;
  std::vector<recent_tweet> merge(std::vector<cursor>, std::size_t limit) const;
  void prefetch_newest(user_id author) const;
  void insert_sorted(std::span<const recent_tweet>);
  place insert(const recent_tweet&, place newer, std::size_t steps = std::numeric_limits<std::size_t>::max());
  bool remove_within(const recent_tweet&, place& newer, std::size_t steps);
  void unlink(user_id author, place gone, place newer);
  void append(const recent_tweet&);
  void evict();

  mutable std::shared_mutex mutex_;
  const std::size_t capacity_;
  std::unique_ptr<entry[]> ring_;
  // Far from 0, which is nobody's place, so that extend() can count down.
  place tail_ = place{1} << 62;
  place head_ = tail_;
  tweet_id from_ = std::numeric_limits<tweet_id>::max();
  bool extended_ = false;  // as far as ever
  std::atomic<std::chrono::steady_clock::time_point> removed_at_{
      std::chrono::steady_clock::time_point::min()};
  std::deque<tweet_id> newest_;  // by author; 0: none. Apart from chains_, since merging reads most of them.
  std::deque<chain> chains_;     // by author
};

}  // namespace linnet::timelines
