// A processor that has too much to do.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <sched.h>

namespace linnet::testing {

// While it exists, the calling thread, and those it begins, share one processor with three that never rest,
// and wait for their slices, as the server's do. Those it began stay there.
class short_of_processors {
 public:
  short_of_processors() {
    REQUIRE(sched_getaffinity(0, sizeof before_, &before_) == 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
      if (CPU_ISSET(cpu, &before_)) CPU_SET(cpu, &one);
    }
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    constexpr sched_param none{};
    REQUIRE(sched_setscheduler(0, SCHED_BATCH, &none) == 0);
    for (int i = 0; i < 3; ++i) {
      busy_.emplace_back([this] {
        while (!done_) {
        }
      });
    }
  }
  ~short_of_processors() {
    done_ = true;
    for (auto& thread : busy_) thread.join();
    constexpr sched_param none{};
    sched_setscheduler(0, SCHED_OTHER, &none);
    sched_setaffinity(0, sizeof before_, &before_);
  }
  short_of_processors(const short_of_processors&) = delete;
  short_of_processors& operator=(const short_of_processors&) = delete;

 private:
  cpu_set_t before_{};
  std::atomic<bool> done_{false};
  std::vector<std::thread> busy_;
};

// Works, or waits for the processor, for so long.
inline void work_for(std::chrono::milliseconds time) {
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < time) {
  }
}

}  // namespace linnet::testing
