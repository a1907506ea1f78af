// How many lines of one kind a second may have. What comes by the thousands says the same each time, and
// writing it would cost the event loop more than what it tells of.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace linnet {

// Not thread-safe.
class log_allowance {
 public:
  using clock = std::chrono::steady_clock;

  explicit log_allowance(std::uint64_t each_second) : each_second_(each_second) {}

  // Whether one more line may be written.
  bool take(clock::time_point now) {
    if (now - begun_ >= std::chrono::seconds(1)) {
      begun_ = now;
      taken_ = 0;
    }
    if (taken_ >= each_second_) {
      ++left_out_;
      return false;
    }
    ++taken_;
    return true;
  }

  // Lines that were not written and not told of yet; 0 if some were told of less than a second ago.
  std::uint64_t left_out(clock::time_point now) {
    if (left_out_ == 0 || now - told_ < std::chrono::seconds(1)) return 0;
    told_ = now;
    return std::exchange(left_out_, 0);
  }

 private:
  std::uint64_t each_second_, taken_ = 0, left_out_ = 0;
  clock::time_point begun_{}, told_{};
};

}  // namespace linnet
