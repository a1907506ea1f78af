// Cleans up after deletions, in bounded steps at a bounded pace, on one event loop of each server.
//
// Begins as soon as this server has deleted something, and looks now and then for what other servers left.
#pragma once

#include "cleaning/store.hpp"
#include "core/metrics.hpp"

namespace linnet::cleaning {

struct cleaning_metrics {
  counter connections, favorites, tweets, idempotency_keys;  // rows deleted
  std::atomic<double> lag_seconds{0};                        // as last seen, see cleaning_store::lag()
};

class cleaner {
 public:
  // After a step of max_rows rows, and shorter after a smaller one: each server deletes 4,000 rows a second
  // of users and as many of tweets at most.
  static constexpr std::chrono::milliseconds pause{50};
  // How soon it begins after this server has deleted something.
  static constexpr std::chrono::milliseconds idle_pause{250};
  static constexpr std::chrono::seconds pause_after_failure{1};  // the primary may be away

  // `interval`: how often it looks for what others left.
  cleaner(event_loop&, storage::backends&, cleaning_metrics&, std::chrono::seconds interval);

  // Until stop().
  awaitable<void> run();
  // On the event loop.
  void stop();

 private:
  using clock = std::chrono::steady_clock;

  awaitable<std::chrono::milliseconds> clean();
  void note(const storage::committed<step>&);

  loop_timer timer_;
  storage::backends& backends_;
  cleaning_metrics& metrics_;
  const std::chrono::seconds interval_;
  cleaning_store store_;
  clock::time_point next_look_;
  user_id last_user_ = 0;
  tweet_id last_tweet_ = 0;
  bool stopped_ = false;
};

}  // namespace linnet::cleaning
