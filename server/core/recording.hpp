// What an answer was made of, so that it can be kept while all of that is current.
//
// While a recording lives, whatever its thread reads from memory is noted in it. It is good for something
// only if nothing else went into the answer: who waits, or reads what can't tell when it changes, spoils it.
// So a recording that is whole covers one stretch of one coroutine, and no other ran meanwhile.
#pragma once

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

  // Whether there is somebody to tell.
  static bool wanted() { return current_ != nullptr; }
  // Something was read that is current until then at the latest, and no longer than `it` holds.
  static void note(std::shared_ptr<const currency> it, clock::time_point until);
  static void spoil();

  bool is_whole() const { return current_ == this && !parts_.empty(); }
  clock::time_point until() const { return until_; }
  std::vector<std::shared_ptr<const currency>> take_parts() { return std::move(parts_); }

 private:
  static thread_local recording* current_;
  std::vector<std::shared_ptr<const currency>> parts_;
  clock::time_point until_ = clock::time_point::max();
};

}  // namespace linnet
