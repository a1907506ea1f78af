// Up to where in the WAL the objects are known to have changed: what a replica must have replayed before it
// may be asked for one. Objects whose hashes share a place share the newest position, so it is never too low.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>

#include "core/cache_key.hpp"
#include "storage/transaction.hpp"

namespace linnet::storage {

// Any thread.
class change_positions {
 public:
  void note(const cache_key& key, lsn at) { raise(place_of(key), at); }
  // Whatever was changed before this server listened.
  void note_all(lsn at) { raise(floor_, at); }
  lsn of(const cache_key& key) const {
    return std::max(floor_.load(std::memory_order_acquire), place_of(key).load(std::memory_order_acquire));
  }

 private:
  using place = std::atomic<lsn>;
  static void raise(place& known, lsn at) {
    lsn before = known.load(std::memory_order_relaxed);
    while (before < at && !known.compare_exchange_weak(before, at, std::memory_order_acq_rel)) {
    }
  }
  place& place_of(const cache_key& key) { return places_[cache_key_hash{}(key) % places_.size()]; }
  const place& place_of(const cache_key& key) const {
    return places_[cache_key_hash{}(key) % places_.size()];
  }

  place floor_{0};
  std::array<place, 1 << 16> places_{};
};

}  // namespace linnet::storage
