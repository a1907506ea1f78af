// How every server learns of what the others change, so that it may keep objects in memory.
//
// Each transaction leaves a row in cache_changes for what it changed. Every server asks the primary many
// times a second for new rows, and drops those objects from its memory. What was read is therefore out of
// date by a poll at most, while the last answered question is younger than the lease; beyond that, memory is
// not trusted (see local_cache).
//
// Of its own rows a server takes up those whose requests never learned that they were committed: they were
// given up, or the connection was lost in the commit. Nobody else tells memcached of them. The same goes for
// what is found at the start, since the server that wrote it may have died in between.
//
// That is also how a logout takes effect on every server at once. The lease is counted from when a question
// was asked: once a lease has passed since a commit, every server has either heard, or knows that it may have
// missed something and looks each token up. Who ends a session waits that long before saying that it is done.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "storage/change_log.hpp"
#include "storage/connector.hpp"
#include "storage/local_cache.hpp"
#include "storage/memcached.hpp"

namespace linnet::storage {

class change_feed {
 public:
  static constexpr std::chrono::milliseconds lease{300};

  // `node` is this server's part of ids; `answered` are its batches that need no look.
  change_feed(const connector&, local_cache& memory, memcached& cache, answered_batches& answered, int node);
  ~change_feed();
  void start();
  void stop();

  // After the commit that ended sessions: returns when every server refuses their tokens.
  static awaitable<void> take_effect();
  // Whether what is in memory, sessions too, may be believed right now. Any thread.
  bool memory_is_current() const { return memory_.is_told(local_cache::clock::now()); }
  // Since the last question that was answered was asked. Any thread.
  std::chrono::steady_clock::duration lag() const;
  // Whether the primary answers: asked all the time, so it is known without a request that needs it. Any
  // thread.
  bool primary_answers() const;

 private:
  using clock = std::chrono::steady_clock;
  using transaction_number = std::uint64_t;

  void run();
  void follow(pqxx::connection&);
  void poll(pqxx::connection&);
  void take_up(const pqxx::row&);
  void void_remains(pqxx::connection&);
  void forget_old(pqxx::connection&);
  void confirm(clock::time_point asked);
  bool pause(clock::duration);

  const connector& connector_;
  local_cache& memory_;
  memcached& cache_;
  answered_batches& answered_;
  const int node_;
  transaction_number next_ = 0;         // the oldest transaction that may still commit unheard
  std::set<transaction_number> heard_;  // of those from next_ on
  std::deque<std::pair<clock::time_point, transaction_number>> past_;  // what next_ was, and when
  std::atomic<clock::rep> confirmed_{0};  // when the last question that was answered was asked
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace linnet::storage
