#include "core/log_allowance.hpp"

#include <catch2/catch.hpp>

namespace linnet {

TEST_CASE("a second has so many lines") {
  using namespace std::chrono_literals;
  log_allowance lines(2);
  const auto begun = log_allowance::clock::now();
  CHECK(lines.take(begun));
  CHECK(lines.take(begun + 999ms));
  CHECK_FALSE(lines.take(begun + 999ms));
  CHECK_FALSE(lines.take(begun + 999ms));
  CHECK(lines.take(begun + 1s));
  CHECK(lines.take(begun + 1s));
  CHECK_FALSE(lines.take(begun + 1999ms));
}

TEST_CASE("of those left out each is told of, soon, but once a second") {
  using namespace std::chrono_literals;
  log_allowance lines(1);
  const auto begun = log_allowance::clock::now();
  CHECK(lines.take(begun));
  CHECK(lines.left_out(begun) == 0);
  CHECK_FALSE(lines.take(begun));
  CHECK_FALSE(lines.take(begun));
  CHECK(lines.left_out(begun + 50ms) == 2);
  CHECK_FALSE(lines.take(begun + 60ms));
  CHECK(lines.left_out(begun + 1049ms) == 0);
  CHECK(lines.left_out(begun + 1050ms) == 1);
  CHECK(lines.left_out(begun + 2050ms) == 0);
}

}  // namespace linnet
