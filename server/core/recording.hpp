// What an answer was made of: so that it can be kept while all of that is current, and to tell from when it
// is.
//
// While a recording lives, whatever its thread reads from memory is noted in it. It is good for something
// only if nothing else went into the answer: who waits spoils it. So a recording that is not spoiled covers
// one stretch of one coroutine, and no other ran meanwhile.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

namespace linnet {

// Tells of something read whether it still is what would be read now. Any thread.
class currency {
 public:
  bool holds() const { return holds_.load(std::memory_order_acquire); }
  void end() { holds_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> holds_{true};
};

class recording {
 public:
  using clock = std::chrono::steady_clock;

  // Replaces this thread's recording; that one is spoiled, since its coroutine waits.
  recording();
  ~recording();
  recording(const recording&) = delete;
  recording& operator=(const recording&) = delete;

  // Something was read that came into memory at `landed`.
  static void note(clock::time_point landed) {
    if (current_) current_->landed_ = std::max(current_->landed_, landed);
  }
  // Whether an answer may be kept, so that somebody wants to know until when.
  static bool keeps() { return current_ && current_->keeps_; }
  // What was read is current until then at the latest, and no longer than `it` holds.
  static void keep(std::shared_ptr<const currency> it, clock::time_point until);
  // Something was read that can't tell when it changes.
  static void keep_nothing() {
    if (current_) current_->keeps_ = false;
  }
  static void spoil();

  // Whether an answer of that can be kept.
  bool is_whole() const { return !is_spoiled() && keeps_ && !parts_.empty(); }
  clock::time_point until() const { return until_; }
  // When the latest of it came into memory.
  clock::time_point landed() const { return is_spoiled() ? clock::time_point::max() : landed_; }
  std::vector<std::shared_ptr<const currency>> take_parts() { return std::move(parts_); }

 private:
  bool is_spoiled() const { return current_ != this; }

  static thread_local recording* current_;
  std::vector<std::shared_ptr<const currency>> parts_;
  clock::time_point until_ = clock::time_point::max();
  clock::time_point landed_ = clock::time_point::min();
  bool keeps_ = true;
};

}  // namespace linnet
