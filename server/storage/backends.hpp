// Everything below the stores, as one event loop sees it.
#pragma once

#include "storage/database_reader.hpp"
#include "storage/database_writer.hpp"
#include "storage/local_cache.hpp"
#include "storage/memcached.hpp"

namespace linnet::storage {

struct backends {
  deadlines& waits;         // this loop's
  database_reader& reads;   // this loop's
  database_writer& writes;  // shared
  memcached& cache;         // shared
  local_cache& memory;      // shared

  // After a commit, before its answer: nobody on this server reads the old values any more. memcached goes
  // first, so that no flight begun after ours can pick the old value up from there.
  awaitable<void> invalidate(std::vector<cache_key> keys, lsn at) {
    std::exception_ptr failure;
    try {
      co_await cache.invalidate(waits, keys, at);
    } catch (const problem&) {
      failure = std::current_exception();
    }
    for (const auto& key : keys) memory.invalidate(key);
    if (failure) std::rethrow_exception(failure);
  }
};

}  // namespace linnet::storage
