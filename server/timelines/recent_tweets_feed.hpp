// Keeps recent_tweets in step with the database, on a thread and a connection of its own.
//
// At its start it reads from the present back, until memory is full or there are no more: the newest pages
// can be served after the first few thousand tweets. All the while, and from then on, it asks for what is
// new, twice a second. Ids come to light out of order, since they are made when a request arrives and show
// when its transaction commits; so each question reaches back over what was read before: by a second always,
// by 15 s every few seconds, by 15 min every quarter of an hour.
//
// Promised, while is_current():
// - a tweet posted through this server is there once its POST was answered;
// - one posted through another server is there once the feed of changes has told of it (see change_feed);
// - one that the feed missed is there within two polls (1 s) where its commit came within a second of its
//   id; within 6 s where that took up to 9 s, more than a request may wait; within a quarter of an hour where
//   a server stood still, or its clock was off by minutes;
// - a tweet deleted through this server is gone once its DELETE was answered, unless its author has posted
//   more than recent_tweets::max_depth newer ones. Such a tweet, and one deleted through another server, may
//   still be there. A reader that misses the tweet in the database calls doubt(), and the tweet goes within a
//   poll.
// The database's clock is the measure. Rows brought in around the servers, with ids of the past, are seen
// after a restart.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "core/metrics.hpp"
#include "storage/connector.hpp"
#include "timelines/recent_tweets.hpp"

namespace linnet::timelines {

class recent_tweets_feed {
 public:
  static constexpr std::chrono::milliseconds poll_interval{500};
  // Without an answer for that long, what is in memory is too old to be served.
  static constexpr std::chrono::seconds patience{5};

  // `node` is this server's part of ids.
  recent_tweets_feed(const storage::connector&, recent_tweets&, int node);
  ~recent_tweets_feed();
  void start();
  void stop();

  // Any thread.
  bool is_current() const { return lag() < patience; }
  std::chrono::steady_clock::duration lag() const;
  // How long it took to read all that there is room for; 0 until then.
  std::chrono::duration<double> fill_time() const { return fill_time_.load(std::memory_order_relaxed); }
  // These were not found in the database: looks itself, and removes those that are gone.
  void doubt(const std::vector<recent_tweet>&);

  static storage::statements statements();

 private:
  using clock = std::chrono::steady_clock;

  void run();
  void follow(pqxx::connection&);
  void poll(pqxx::connection&, std::uint64_t number);
  void fill(pqxx::connection&);
  void remove_deleted(pqxx::connection&);
  bool pause(clock::duration);

  const storage::connector& connector_;
  recent_tweets& tweets_;
  const int node_;
  clock::time_point begun_;
  bool filled_ = false;
  std::atomic<std::chrono::duration<double>> fill_time_{};
  std::atomic<clock::rep> asked_{0};  // when the last poll that was answered was sent
  std::mutex mutex_;                  // of what follows
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::vector<recent_tweet> doubted_;
  std::thread thread_;
};

}  // namespace linnet::timelines
