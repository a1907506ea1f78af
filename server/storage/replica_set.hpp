// Which replicas may be read from, and which of them reads which object. Shared by all loops of a server.
//
// A replica is usable while it answers, and lags by no more than two seconds behind what the feed of changes
// has heard of the primary. Each object is read from one replica, by its hash, so that nobody sees it go
// back: a replica that has shown a change goes on showing it, another one may not have it yet. When the set
// of usable ones changes, everything is read from the primary until the feed has heard all that the former
// readers may have shown (see change_positions); if the primary is away, there is no such moment, and the set
// changes at once.
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/async.hpp"
#include "core/cache_key.hpp"
#include "storage/connector.hpp"
#include "storage/transaction.hpp"

namespace linnet::storage {

struct replica {
  using clock = std::chrono::steady_clock;

  replica(std::string called, const std::string& conninfo, statements prepared,
          std::chrono::milliseconds statement_timeout)
      : name(std::move(called)), link(conninfo, prepared, statement_timeout) {}

  // Any thread: what it said of itself just now.
  void heard(lsn at, clock::time_point now) {
    replayed.store(at, std::memory_order_release);
    heard_at.store(now.time_since_epoch().count(), std::memory_order_release);
  }

  const std::string name;
  connector link;
  std::atomic<lsn> replayed{0};
  std::atomic<clock::rep> heard_at{0};
};

class replica_set {
 public:
  using clock = replica::clock;
  static constexpr std::chrono::milliseconds silence_limit{1000};
  static constexpr std::chrono::milliseconds lag_limit{2000};

  replica_set(const std::vector<std::string>& conninfos, statements,
              std::chrono::milliseconds statement_timeout);

  const std::vector<std::unique_ptr<replica>>& all() const { return replicas_; }
  bool empty() const { return replicas_.empty(); }

  // The primary had flushed its WAL up to there when it answered a question asked then, and this server has
  // heard of all that was committed before it was asked.
  void primary_said(clock::time_point asked, lsn flushed);
  bool primary_answers(clock::time_point now) const;
  // It could not be asked.
  void primary_failed() { primary_failed_.store(true, std::memory_order_release); }
  // Whether it answers, or does so in a moment: a server that stood still knows nothing of it until the feed
  // of changes has asked again. That moment is the same for all, from when its silence was first met, so that
  // nobody waits for one that has been away for longer; nor for one that could not be asked.
  awaitable<bool> primary_answers_soon();
  // Since the last question that it answered was asked.
  clock::duration since_primary(clock::time_point now) const;
  // A few times a second.
  void review(clock::time_point now);

  // The place in all() of the replica that reads the object; -1: the primary.
  int reader_of(const cache_key&) const;
  bool is_usable(std::size_t at) const { return active_.load(std::memory_order_acquire) >> at & 1; }
  // Whether a usable replica may not have a change of that position yet.
  bool may_lack(lsn at) const { return at > all_have_.load(std::memory_order_acquire); }
  // How far it is behind what was heard of the primary.
  std::chrono::duration<double> lag(std::size_t at) const;

 private:
  using mask = std::uint64_t;
  mask usable_now(clock::time_point now, lsn required) const;
  lsn flushed_before(clock::time_point) const;

  std::vector<std::unique_ptr<replica>> replicas_;
  mutable std::mutex mutex_;
  std::deque<std::pair<clock::time_point, lsn>> primary_was_at_;  // what it said lately, the newest last
  std::atomic<clock::rep> primary_asked_{0};
  std::atomic<bool> primary_failed_{false};  // since it answered last
  std::atomic<clock::rep> silence_met_{0};   // since it answered last, when somebody needed it; 0: not yet
  mask wanted_ = 0;
  clock::time_point wanted_since_;
  std::atomic<mask> active_{0};
  std::atomic<lsn> all_have_{0};  // whoever is not behind that is not usable
};

}  // namespace linnet::storage
