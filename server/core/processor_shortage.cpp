#include "core/processor_shortage.hpp"

#include <fstream>
#include <utility>

namespace linnet {

namespace {

std::chrono::nanoseconds waited_for_processors() {
  std::chrono::nanoseconds::rep ran = 0, waited = 0;
  std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
  return std::chrono::nanoseconds(waited);
}

}  // namespace

void processor_shortage::note(std::chrono::nanoseconds took) {
  const auto before = std::exchange(account_, waited_for_processors());
  waited_ += account_ - before - waited_ / 16;
  took_ += took - took_ / 16;
}

}  // namespace linnet
