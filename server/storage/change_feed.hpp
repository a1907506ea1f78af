// How every server learns of what the others change, so that it may keep objects in memory.
//
// Each transaction leaves a row in cache_changes for what it changed. Every server asks the primary many
// times a second for new rows, and drops those objects from its memory. What was read is therefore out of
// date by a poll at most, while the last answered question is younger than the lease; beyond that, memory is
// not trusted (see local_cache).
//
// Of its own rows a server takes up those whose batch never learned that it was committed: the connection was
// lost in the commit. Nobody else tells memcached of them. The same goes for what is found at the start,
// since the server that wrote it may have died in between.
//
// A server that can't reach a memcached leaves its rows once more, marked as not voided: the servers that
// read a marked row set the tombstones in its place. Until then they pass memcached by for these keys (see
// local_cache::changed_lately).
//
// That is also how a logout takes effect on every server at once. The lease is counted from when a question
// was asked: once a lease has passed since a commit, every server has either heard, or knows that it may have
// missed something and looks each token up. Who ends a session waits that long before saying that it is done.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "storage/change_log.hpp"
#include "storage/change_positions.hpp"
#include "storage/connector.hpp"
#include "storage/local_cache.hpp"
#include "storage/memcached.hpp"
#include "storage/replica_set.hpp"

namespace linnet::storage {

class change_feed {
 public:
  static constexpr std::chrono::milliseconds lease{300};
  using posts = std::vector<std::pair<user_id, tweet_id>>;

  // Who is told: memory and memcached of what is void, the positions and the replicas of where the primary
  // is.
  struct listeners {
    local_cache& memory;
    memcached& cache;
    change_positions& positions;
    replica_set& replicas;
    std::function<void(const posts&)> posted;  // through another server
  };

  // `node` is this server's part of ids; `answered` are its batches that need no look.
  change_feed(connector&, const listeners&, answered_batches& answered, int node);
  ~change_feed();
  void start();
  void stop();

  // After the commit that ended sessions: returns when every server refuses their tokens.
  static awaitable<void> take_effect();
  // Whether what is in memory, sessions too, may be believed right now. Any thread.
  bool memory_is_current() const { return told_.memory.is_told(local_cache::clock::now()); }
  // Since the last question that was answered was asked. Any thread.
  std::chrono::steady_clock::duration lag() const { return told_.replicas.since_primary(clock::now()); }
  // Whether the primary answers: asked all the time, so it is known without a request that needs it. Any
  // thread.
  bool primary_answers() const { return told_.replicas.primary_answers(clock::now()); }

  int node() const { return node_; }
  // The primary's clock is at most here now, in microseconds; nullopt as long as it never answered. Any
  // thread.
  std::optional<std::int64_t> primary_time() const;
  // Whether this server has heard of all that was committed before that time.
  bool has_heard(std::int64_t primary_time) const {
    return heard_until_.load(std::memory_order_acquire) >= primary_time;
  }
  // Up to when it has heard of everything, if that is all that could have been read here at that moment.
  std::optional<std::int64_t> heard_since(std::chrono::steady_clock::time_point read) const {
    const bool all = asked_.load(std::memory_order_acquire) > read.time_since_epoch().count();
    return all ? std::optional(heard_until_.load(std::memory_order_acquire)) : std::nullopt;
  }
  // Returns when it has heard of all that was committed before the call. False while the primary doesn't
  // answer: nothing more can be heard there.
  awaitable<bool> hear_all(deadlines&);
  // The oldest transaction that it may not have heard of. Any thread.
  std::uint64_t next_transaction() const { return next_.load(std::memory_order_acquire); }
  // What was changed, heard elsewhere: read where the WAL is at least there. Any thread.
  void take_up(const changes&, lsn at) const;
  // What this server changed, and could not void in memcached: with the next question. Any thread.
  void leave_to_others(const changes&);

 private:
  using clock = std::chrono::steady_clock;
  using transaction_number = std::uint64_t;
  using those_waiting = std::vector<std::shared_ptr<ticket<bool>>>;

  void run();
  void follow(pqxx::connection&);
  void begin_anew(pqxx::connection&);
  void hear(pqxx::connection&);
  void poll(pqxx::connection&, clock::time_point asked);
  void note_heard(const pqxx::row& said);
  void take_up(const pqxx::row&);
  void leave_what_is_not_voided(pqxx::connection&);
  void take_up_posts(const changes&) const;
  void take_up_remains(pqxx::connection&);
  void forget_old(pqxx::connection&);
  void forget_remains(pqxx::connection&) const;
  void confirm(clock::time_point asked, const pqxx::row& said);
  static void let_go(those_waiting, bool heard);
  bool pause(clock::duration, bool for_questions);

  connector& connector_;
  const listeners told_;
  answered_batches& answered_;
  const int node_;
  std::atomic<transaction_number> next_{0};  // the oldest transaction that may still commit unheard
  std::string heard_;                        // the snapshot of the last question
  std::string forgotten_;                    // the snapshot whose rows were deleted
  std::deque<std::pair<clock::time_point, std::string>> past_;  // what heard_ was, and when
  std::atomic<std::int64_t> heard_until_{0};                    // by the primary's clock, in microseconds
  std::atomic<clock::rep> asked_{std::numeric_limits<clock::rep>::min()};  // then, by ours; set afterwards
  std::atomic<std::int64_t> clock_offset_{0};  // from ours to the primary's, rather too much; 0: unknown
  std::mutex mutex_;
  std::condition_variable wake_;
  changes not_voided_;     // in memcached, by this server
  those_waiting waiting_;  // for a question that is asked after they came
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace linnet::storage
