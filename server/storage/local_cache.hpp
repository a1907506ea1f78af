// The hottest values in this server's own memory, shared by its event loops: bounded, short-lived, never the
// truth.
//
// A miss elects one caller to fetch (it "leads" a flight); all others who ask meanwhile wait for it, so a hot
// key that expires costs one fetch. An invalidation voids the flight of its key: what was fetched before a
// write is handed to those who asked before it, and not kept.
//
// Values are type-erased: the kind of a key tells their type (see read_through). A null value is a known
// absence.
#pragma once

#include <list>
#include <mutex>

#include "core/cache_key.hpp"
#include "core/metrics.hpp"
#include "storage/ticket.hpp"

namespace linnet::storage {

struct local_cache_options {
  std::size_t max_entries = 200000;
  std::chrono::milliseconds ttl{1000};
};

struct local_cache_metrics {
  counter hits;
  counter misses;
  counter joins;
};

class local_cache {
 public:
  using value = std::shared_ptr<const void>;
  // What a waiter gets: nullopt when the flight failed and it has to ask again.
  using landing = std::optional<value>;

  struct flight {
    std::vector<std::shared_ptr<ticket<landing>>> waiters;
  };

  enum class state { hit, lead, join };
  struct lookup {
    state what;
    value found;                     // hit
    std::shared_ptr<flight> flying;  // lead: pass it to land() or abandon(); join: pass it to join()
  };

  local_cache(const local_cache_options&, local_cache_metrics&);

  // All of these from any thread.
  lookup acquire(const cache_key&);
  void join(const std::shared_ptr<flight>&, const cache_key&, std::shared_ptr<ticket<landing>>);
  void land(const cache_key&, const std::shared_ptr<flight>&, value);
  void abandon(const cache_key&, const std::shared_ptr<flight>&);
  void invalidate(const cache_key&);
  std::size_t size() const;

 private:
  struct slot {
    value held;
    bool ready = false;
    waiter::clock::time_point expires;
    std::shared_ptr<flight> flying;
    std::list<cache_key>::iterator age;
  };
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<cache_key, slot, cache_key_hash> slots;
    std::list<cache_key> by_age;  // least recently filled first
  };
  static constexpr std::size_t shard_count = 64;

  shard& shard_of(const cache_key& key) { return shards_[cache_key_hash{}(key) % shard_count]; }
  void finish(const cache_key&, const std::shared_ptr<flight>&, const landing&);
  void evict(shard&) const;

  const local_cache_options& options_;
  local_cache_metrics& metrics_;
  std::array<shard, shard_count> shards_;
};

}  // namespace linnet::storage
