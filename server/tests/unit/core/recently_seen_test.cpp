#include "core/recently_seen.hpp"

#include <catch2/catch.hpp>

namespace linnet {

constexpr std::uint64_t hash(std::uint64_t fingerprint, std::uint64_t set) {
  return fingerprint << 32 | set;
}

TEST_CASE("a hash is seen from the second time on") {
  recently_seen<16> seen;
  CHECK_FALSE(seen.meet(hash(1, 3)));
  CHECK(seen.meet(hash(1, 3)));
  CHECK_FALSE(seen.meet(hash(1, 4)));
}

TEST_CASE("who asks whether a hash was met does not meet it") {
  recently_seen<16> seen;
  CHECK_FALSE(seen.knows(hash(1, 3)));
  CHECK_FALSE(seen.meet(hash(1, 3)));
  CHECK(seen.knows(hash(1, 3)));
  CHECK_FALSE(seen.knows(hash(1, 4)));
}

TEST_CASE("four hashes of one set, asked for in turns, are all seen the second time") {
  recently_seen<16> seen;
  for (std::uint64_t n = 1; n <= 4; ++n) CHECK_FALSE(seen.meet(hash(n, 5)));
  for (std::uint64_t n = 1; n <= 4; ++n) CHECK(seen.meet(hash(n, 5)));
}

TEST_CASE("a fifth hash of a set takes the place of the oldest") {
  recently_seen<16> seen;
  for (std::uint64_t n = 1; n <= 5; ++n) seen.meet(hash(n, 5));
  CHECK(seen.meet(hash(2, 5)));
  CHECK_FALSE(seen.meet(hash(1, 5)));
}

}  // namespace linnet
