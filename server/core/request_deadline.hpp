// Until when the request that this thread works on right now has to be answered: all its waits together.
//
// A coroutine that waits takes its deadline along (see storage/ticket.hpp), since others run meanwhile.
#pragma once

#include <chrono>
#include <optional>

namespace linnet {

class request_deadline {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  // Nullopt: what runs is no request.
  static std::optional<time_point> current() { return current_; }
  static void set(std::optional<time_point> deadline) { current_ = deadline; }

 private:
  inline static thread_local std::optional<time_point> current_;
};

}  // namespace linnet
