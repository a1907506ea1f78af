// Memcacheds of its own, and what one server does with them.
#pragma once

#include <catch2/catch.hpp>

#include "storage/memcached.hpp"
#include "tests/unit/support/memcached_server.hpp"
#include "tests/unit/support/some_key.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {

struct memcached_fixture {
  explicit memcached_fixture(std::size_t count = 1, std::size_t queue_limit = 8192) {
    options.queue_limit = queue_limit;
    for (std::size_t i = 0; i < count; ++i) {
      servers.push_back(std::make_unique<testing::memcached_server>());
      options.nodes.push_back(servers.back()->address());
    }
    options.timeout = std::chrono::milliseconds(250);  // a busy machine is no outage
    cache = std::make_unique<memcached>(options, metrics);
  }

  cache_entry get(const cache_key& name) { return get(std::vector{name}).front(); }
  std::vector<cache_entry> get(std::vector<cache_key> names) {
    return loop.run(cache->get(loop.waits, std::move(names)));
  }
  void invalidate(const std::vector<cache_key>& names, std::uint64_t at = 1) {
    std::atomic<bool> done{false};
    cache->invalidate(names, at, [&](bool) { done = true; });
    loop.until([&] { return done.load(); });
  }
  // Fills are not waited for: a later get sees them soon.
  void fill(const cache_key& name, const std::string& bytes) {
    const auto lease = get(name);
    REQUIRE(lease.what == cache_entry::kind::lease);
    cache->fill(name, lease.cas, bytes);
    loop.until([&] { return get(name).what == cache_entry::kind::value; });
  }
  void settle() {
    loop.until([&] { return cache->queued() == 0; }), get(cache_key::user(999)), get(cache_key::user(999));
  }
  testing::memcached_server& server() { return *servers.front(); }

  std::vector<std::unique_ptr<testing::memcached_server>> servers;
  memcached_options options;
  memcached_metrics metrics;
  testing::test_loop loop;
  std::unique_ptr<memcached> cache;
};

}  // namespace linnet::storage
