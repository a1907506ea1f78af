// Linnet-Seen: "<server>.<time>" in base 36. The time is in milliseconds since 2026, by the primary's clock:
// up to when the server has heard of all changes, if all that it showed was in memory before; else an upper
// bound of the present. To the server itself it is exact, to others rounded down.
#pragma once

#include "http/middleware/sightings.hpp"
#include "storage/replica_changes.hpp"

namespace linnet::app {

// One an event loop.
class sightings : public http::sightings {
 public:
  sightings(storage::deadlines& waits, storage::change_feed& changes, storage::replica_changes& replicas)
      : waits_(waits), changes_(changes), replicas_(replicas) {}

  std::string_view up_to(std::chrono::steady_clock::time_point landed) override;
  bool is_behind(std::string_view seen) const override;
  awaitable<void> catch_up(std::string_view seen) override;

 private:
  storage::deadlines& waits_;
  storage::change_feed& changes_;
  storage::replica_changes& replicas_;
  std::int64_t told_ = 0;  // the time in text_
  std::string text_;
};

}  // namespace linnet::app
