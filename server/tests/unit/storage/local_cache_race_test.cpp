#include <thread>

#include <catch2/catch.hpp>

#include "tests/unit/support/local_cache_fixture.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::test_loop;
using namespace std::chrono_literals;
using state = local_cache::state;

// A value and its writes, as a database would keep them.
struct truth {
  std::atomic<int> written{0};
  std::atomic<int> visible{0};  // the latest whose invalidation is done
};
constexpr int key_count = 8;

awaitable<int> read_many(local_cache& cache, deadlines& d, std::array<truth, key_count>& truths, int rounds) {
  int stale = 0;
  for (int round = 0; round < rounds; ++round) {
    const int k = round % key_count;
    auto& own = truths[static_cast<std::size_t>(k)];
    const auto name = cache_key::user(k + 1);
    const int at_least = own.visible;
    for (;;) {
      auto found = acquire(cache, name);
      if (found.what == state::hit) {
        stale += number_of(found.found) < at_least;
        break;
      }
      if (found.what == state::lead) {
        const int fetched = own.written;
        if (round % 4 == 0) std::this_thread::sleep_for(50us);  // writes overtake the fetch
        cache.land(name, found.flying, number(fetched));
        break;
      }
      const auto landed = co_await join(d, cache, name, std::move(found.flying));
      if (!landed) continue;
      stale += number_of(*landed) < at_least;
      break;
    }
  }
  co_return stale;
}

}  // namespace

TEST_CASE("whatever threads do, nobody reads what was overwritten before they asked", "[local_cache]") {
  local_cache_fixture f;
  std::array<truth, key_count> truths;
  std::atomic<bool> done{false};
  std::atomic<int> stale{0};
  std::array<test_loop, 3> loops;  // outlive all threads: one may still be posting to another's
  std::vector<std::thread> readers;
  for (auto& loop : loops) {
    readers.emplace_back([&] { stale += loop.run(read_many(f.cache, loop.waits, truths, 5'000)); });
  }
  std::thread writer([&] {
    for (int n = 1; !done; ++n) {
      for (int k = 0; k < key_count; ++k) {
        auto& own = truths[static_cast<std::size_t>(k)];
        own.written = n;
        f.cache.invalidate(cache_key::user(k + 1));
        own.visible = n;
      }
      std::this_thread::sleep_for(20us);
    }
  });
  for (auto& t : readers) t.join();
  done = true;
  writer.join();
  CHECK(stale == 0);
  CHECK(f.cache.size() == key_count);
  for (int k = 0; k < key_count; ++k) {
    const auto found = acquire(f.cache, cache_key::user(k + 1));
    CHECK(found.what != state::join);
  }
}

TEST_CASE("what was read in passing while it was written is never kept", "[local_cache]") {
  constexpr int keys = 20'000;
  local_cache_fixture f;
  std::vector<std::atomic<int>> written(keys);
  std::atomic<int> reading{-1}, invalidated{-1};
  std::thread reader([&] {
    for (int k = 0; k < keys; ++k) {
      reading = k;
      const auto begin = f.cache.now();
      const int read = written[static_cast<std::size_t>(k)];
      while (k % 2 && invalidated < k) std::this_thread::yield();  // every other one is certainly too late
      f.cache.offer(cache_key::user(k + 1), number(read), begin);
    }
  });
  for (int k = 0; k < keys; ++k) {
    while (reading < k) std::this_thread::yield();
    written[static_cast<std::size_t>(k)] = 1;
    f.cache.invalidate(cache_key::user(k + 1));
    invalidated = k;
  }
  reader.join();
  int stale = 0;
  for (int k = 0; k < keys; ++k) {
    const auto found = f.cache.acquire(cache_key::user(k + 1));
    stale += found.what == state::hit && number_of(found.found) == 0;
  }
  CHECK(stale == 0);
}

}  // namespace linnet::storage
