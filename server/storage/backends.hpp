// Everything below the stores, as one event loop sees it.
#pragma once

#include "storage/database_reads.hpp"
#include "storage/database_writer.hpp"
#include "storage/local_cache.hpp"
#include "storage/memcached.hpp"

namespace linnet::storage {

struct backends {
  deadlines& waits;             // this loop's
  database_reads& reads;        // this loop's
  database_writer& writes;      // shared
  memcached& cache;             // shared
  local_cache& memory;          // shared
  change_positions& positions;  // shared
  // Shared: set by who deletes something of which rows are left. See server/cleaning.
  std::atomic<bool>& rows_left;

  // What a write told of one of the objects it changed: memory is brought up to date with it.
  struct update {
    cache_key key;
    local_cache::change apply;
  };

  // Of an object that carries the version of what writes told of it (0: as read). The newer stays; what was
  // read while the write ran may or may not have its change, so it is dropped.
  template <class Object>
  static update told(const cache_key& key, std::uint64_t Object::*version_of, std::uint64_t version,
                     std::function<void(Object&)> change) {
    auto apply = [=](const local_cache::value& held, bool older) -> local_cache::value {
      const auto& known = *static_cast<const Object*>(held.get());
      if (known.*version_of >= version) return held;
      if (known.*version_of == 0 && !older) return nullptr;
      auto fresh = std::make_shared<Object>(known);
      change(*fresh);
      (*fresh).*version_of = version;
      return fresh;
    };
    return {key, std::move(apply)};
  }

  // After a write, before its answer: nobody on this server reads the old values any more. memcached went
  // first (see database_writer), so no flight begun after ours can pick the old value up from there.
  // `updates` are of some of the keys, from a write submitted at `submitted`.
  template <class Outcome>
  void invalidate(const committed<Outcome>& done, const std::vector<update>& updates = {},
                  waiter::clock::time_point submitted = {}) {
    invalidate(done.changed, done.at, updates, submitted);
  }

 private:
  void invalidate(const changes& keys, lsn at, const std::vector<update>& updates,
                  waiter::clock::time_point submitted) {
    for (const auto& key : keys) {
      if (key.kind == cache_kind::posted) continue;
      positions.note(key, at);
      const auto known =
          std::find_if(updates.begin(), updates.end(), [&](const auto& u) { return u.key == key; });
      if (known == updates.end()) {
        memory.invalidate(key);
      } else {
        memory.update(key, submitted, known->apply);
      }
    }
  }
};

}  // namespace linnet::storage
