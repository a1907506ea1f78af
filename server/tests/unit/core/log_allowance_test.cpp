#include "core/log_allowance.hpp"

#include <catch2/catch.hpp>

namespace linnet {

TEST_CASE("a second has so many lines, and the next one tells how many were left out") {
  using namespace std::chrono_literals;
  log_allowance lines(2);
  const auto begun = log_allowance::clock::now();
  CHECK(lines.take(begun));
  CHECK(lines.take(begun + 999ms));
  CHECK(lines.left_out() == 0);
  CHECK_FALSE(lines.take(begun + 999ms));
  CHECK_FALSE(lines.take(begun + 999ms));
  CHECK(lines.take(begun + 1s));
  CHECK(lines.left_out() == 2);
  CHECK(lines.left_out() == 0);
  CHECK(lines.take(begun + 1s));
  CHECK_FALSE(lines.take(begun + 1999ms));
}

}  // namespace linnet
