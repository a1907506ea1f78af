#include "core/recording.hpp"

#include <catch2/catch.hpp>

namespace linnet {

using namespace std::chrono_literals;

TEST_CASE("a recording takes what is read while it lives, the earliest end, and the latest arrival",
          "[recording]") {
  const auto now = recording::clock::now();
  CHECK_FALSE(recording::keeps());
  recording::keep(std::make_shared<currency>(), now);  // nobody listens
  {
    recording r;
    CHECK(recording::keeps());
    CHECK_FALSE(r.is_whole());  // of nothing
    recording::note(now - 3s);
    recording::keep(std::make_shared<currency>(), now + 2s);
    recording::note(now - 1s);
    recording::keep(std::make_shared<currency>(), now + 1s);
    recording::note(now - 2s);
    recording::keep(std::make_shared<currency>(), now + 3s);
    CHECK(r.is_whole());
    CHECK(r.until() == now + 1s);
    CHECK(r.landed() == now - 1s);
    CHECK(r.take_parts().size() == 3);
  }
  CHECK_FALSE(recording::keeps());
}

TEST_CASE("a recording is spoiled by waiting, and by another that begins meanwhile", "[recording]") {
  const auto now = recording::clock::now();
  recording waits;
  recording::note(now);
  recording::keep(std::make_shared<currency>(), now);
  recording::spoil();
  CHECK_FALSE(waits.is_whole());
  CHECK(waits.landed() == recording::clock::time_point::max());
  CHECK_FALSE(recording::keeps());
  {
    recording other;
    recording::note(now);
    recording::keep(std::make_shared<currency>(), now);
    CHECK(other.is_whole());
    CHECK_FALSE(waits.is_whole());
  }
  CHECK_FALSE(recording::keeps());
}

TEST_CASE("of what can't tell when it changes no answer is kept", "[recording]") {
  const auto now = recording::clock::now();
  recording r;
  CHECK(r.landed() < now);  // nothing is older than anything
  recording::note(now - 2s);
  recording::keep(std::make_shared<currency>(), now);
  recording::note(now - 1s);
  recording::keep_nothing();
  CHECK_FALSE(r.is_whole());
  CHECK(r.landed() == now - 1s);
}

}  // namespace linnet
