// Cleans up after deletions, in bounded steps at a bounded pace, on one event loop of each server.
//
// Begins as soon as this server has deleted something, and looks now and then for what other servers left.
#pragma once

#include <array>

#include "cleaning/store.hpp"
#include "core/metrics.hpp"

namespace linnet::cleaning {

struct cleaning_metrics {
  std::array<counter, 5> rows;         // deleted, by table
  std::atomic<double> lag_seconds{0};  // as last seen, see cleaning_store::lag()
};

class cleaner {
 public:
  // After a step of max_rows rows, and shorter after a smaller one: each server deletes 4,000 rows a second
  // of users and as many of tweets at most.
  static constexpr std::chrono::milliseconds pause{50};
  // How soon it begins after this server has deleted something.
  static constexpr std::chrono::milliseconds idle_pause{250};
  // The primary may be away, or somebody may have locked the rows.
  static constexpr std::chrono::seconds pause_after_failure{1};

  // `interval`: how often it looks for what others left.
  cleaner(event_loop&, storage::backends&, cleaning_metrics&, std::chrono::seconds interval);

  // Until stop().
  awaitable<void> run();
  // On the event loop.
  void stop();

 private:
  using clock = std::chrono::steady_clock;

  awaitable<bool> is_anything_left();
  awaitable<std::optional<std::size_t>> attempt(awaitable<storage::committed<step>>);
  awaitable<std::chrono::milliseconds> clean();
  void note_failure(const std::exception&);

  loop_timer timer_;
  storage::backends& backends_;
  cleaning_metrics& metrics_;
  const std::chrono::seconds interval_;
  cleaning_store store_;
  clock::time_point next_look_;
  std::atomic<user_id> last_user_{0};
  std::atomic<tweet_id> last_tweet_{0};
  bool failed_ = false;   // something did in this round,
  bool failing_ = false;  // and in the round before
  bool stopped_ = false;
};

}  // namespace linnet::cleaning
