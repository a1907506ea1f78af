// A cache in memory, whose values are numbers, and what its tests do with it.
#pragma once

#include <catch2/catch.hpp>

#include "storage/local_cache.hpp"
#include "tests/unit/support/some_key.hpp"

namespace linnet::storage {

struct local_cache_fixture {
  local_cache_options options{.max_entries = 200'000, .ttl = std::chrono::hours(1)};
  local_cache_metrics metrics;
  local_cache cache{options, metrics};
};

inline local_cache::value number(int n) {
  return std::make_shared<const int>(n);
}
inline int number_of(const local_cache::value& v) {
  return *std::static_pointer_cast<const int>(v);
}

inline awaitable<local_cache::landing> join(deadlines& d, local_cache& cache, cache_key name,
                                            std::shared_ptr<local_cache::flight> flying) {
  auto start = [&cache, name,
                flying = std::move(flying)](std::shared_ptr<ticket<local_cache::landing>> left) {
    cache.join(flying, name, std::move(left));
  };
  return d.wait<local_cache::landing>(std::move(start));
}

// As one who asks for a key that was asked for before.
inline local_cache::lookup acquire(local_cache& cache, const cache_key& name) {
  cache.admits(name);
  return cache.acquire(name);
}

inline void fill(local_cache& cache, const cache_key& name, int n) {
  const auto found = acquire(cache, name);
  REQUIRE(found.what == local_cache::state::lead);
  cache.land(name, found.flying, number(n));
}

}  // namespace linnet::storage
