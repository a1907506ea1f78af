#include "storage/hang_watch.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace linnet::storage {
namespace {

using namespace std::chrono_literals;

// Two ends of a connection; what is awaited at the first never comes.
struct silent_peer {
  std::array<int, 2> ends{};
  silent_peer() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
  ~silent_peer() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  // Whether the wait was ended within that time.
  bool ended_within(std::chrono::milliseconds limit) const {
    timeval time{limit.count() / 1000, (limit.count() % 1000) * 1000};
    ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    char byte{};
    return ::recv(ends[0], &byte, 1, 0) == 0;
  }
};

}  // namespace

TEST_CASE("a wait for an answer ends when it is overdue", "[hang_watch]") {
  hang_watch watch;
  const silent_peer peer;
  const hang_watch::wait limited(watch, peer.ends[0], [] { return 50ms; });
  CHECK(peer.ended_within(10s));
}

TEST_CASE("a wait that is over no longer counts", "[hang_watch]") {
  hang_watch watch;
  const silent_peer peer;
  {
    const hang_watch::wait limited(watch, peer.ends[0], [] { return 50ms; });
  }
  const hang_watch::wait longer(watch, peer.ends[0], [] { return 1h; });
  CHECK_FALSE(peer.ended_within(50ms + 4 * hang_watch::tick));
}

// As after a suspension of the process: its own thread looks again only later.
TEST_CASE("while the watch itself stands still, no wait gets older", "[hang_watch]") {
  constexpr auto limit = 3s, still = 5s;
  hang_watch watch;
  const silent_peer stalling, waiting;
  std::atomic<bool> stood = false;
  const hang_watch::wait limited(watch, waiting.ends[0], [=] { return limit; });
  const hang_watch::wait stall(watch, stalling.ends[0], [&] {
    if (!stood.exchange(true)) std::this_thread::sleep_for(still);
    return 1h;
  });
  CHECK_FALSE(waiting.ended_within(still + 2 * hang_watch::tick + 500ms));
  CHECK(waiting.ended_within(20s));
}

TEST_CASE("a wait may last as long as its limit says at that moment", "[hang_watch]") {
  hang_watch watch;
  const silent_peer peer;
  std::atomic<hang_watch::clock::rep> limit{hang_watch::clock::duration::max().count()};
  const hang_watch::wait limited(watch, peer.ends[0],
                                 [&] { return hang_watch::clock::duration(limit.load()); });
  CHECK_FALSE(peer.ended_within(4 * hang_watch::tick));
  limit = 0;
  CHECK(peer.ended_within(10s));
}

}  // namespace linnet::storage
