#include "core/processor_shortage.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/short_of_processors.hpp"

namespace linnet {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

void work_for(std::chrono::milliseconds time, processor_shortage& processors) {
  const auto begin = clock::now();
  testing::work_for(time);
  processors.note(clock::now() - begin);
}

}  // namespace

TEST_CASE("a thread is short of processors while others have them, and no longer", "[processor_shortage]") {
  processor_shortage processors;
  processors.note(1h);  // what this thread has waited till now, no matter how much, is nothing beside it
  CHECK_FALSE(processors.is_short());
  for (int i = 0; i < 300; ++i) processors.note(0s);  // forgotten by now
  {
    const testing::short_of_processors crowd;
    for (int i = 0; i < 20; ++i) work_for(20ms, processors);
  }
  CHECK(processors.is_short());
  for (int i = 0; i < 100; ++i) processors.note(100ms);
  CHECK_FALSE(processors.is_short());
}

}  // namespace linnet
