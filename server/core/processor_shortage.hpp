// Whether a thread gets the processor when it wants it. Where it doesn't, work that is done together saves
// what others wait for.
#pragma once

#include <chrono>

namespace linnet {

// Of one thread, which calls all of it.
class processor_shortage {
 public:
  // After a piece of work that took so long. Reads the kernel's account of the thread: some microseconds.
  void note(std::chrono::nanoseconds took);
  // Whether of its last pieces of work, some sixteen, the thread spent more than a fifth waiting for a
  // processor that others had. Never, where the kernel keeps no account (/proc/thread-self/schedstat).
  bool is_short() const { return waited_ * 5 > took_; }

 private:
  std::chrono::nanoseconds account_{0};  // all that the thread has waited since it began
  std::chrono::nanoseconds waited_{0};   // these two: of the last pieces of work, older ones count less
  std::chrono::nanoseconds took_{0};
};

}  // namespace linnet
