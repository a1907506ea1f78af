#include "core/recording.hpp"

#include <catch2/catch.hpp>

namespace linnet {

using namespace std::chrono_literals;

TEST_CASE("a recording takes what is read while it lives, and the earliest end", "[recording]") {
  const auto now = recording::clock::now();
  CHECK_FALSE(recording::wanted());
  recording::note(std::make_shared<currency>(), now);  // nobody listens
  {
    recording r;
    CHECK(recording::wanted());
    CHECK_FALSE(r.is_whole());  // of nothing
    recording::note(std::make_shared<currency>(), now + 2s);
    recording::note(std::make_shared<currency>(), now + 1s);
    recording::note(std::make_shared<currency>(), now + 3s);
    CHECK(r.is_whole());
    CHECK(r.until() == now + 1s);
    CHECK(r.take_parts().size() == 3);
  }
  CHECK_FALSE(recording::wanted());
}

TEST_CASE("a recording is spoiled by waiting, and by another that begins meanwhile", "[recording]") {
  recording waits;
  recording::note(std::make_shared<currency>(), recording::clock::now());
  recording::spoil();
  CHECK_FALSE(waits.is_whole());
  CHECK_FALSE(recording::wanted());
  {
    recording other;
    recording::note(std::make_shared<currency>(), recording::clock::now());
    CHECK(other.is_whole());
    CHECK_FALSE(waits.is_whole());
  }
  CHECK_FALSE(recording::wanted());
}

}  // namespace linnet
