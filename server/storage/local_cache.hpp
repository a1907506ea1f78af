// The hottest values in this server's own memory, shared by its event loops: bounded, never the truth.
//
// While this server is told of every change (see change_feed), what is held stays for long, until somebody
// changes it; while it is not, for a second.
//
// A key is admitted the second time it is asked for: within the last 65,536 or so that were not held, or the
// last million if it was found. The first time, the caller is told to pass by, and what it read is kept only
// while there is room (see offer). So a scan over many millions of keys drives nothing out of this memory,
// and costs one read of the database a key. Sessions are admitted at once. Keeping a value here costs nothing
// but its bytes, memcached takes round trips: a key is `hot`, and worth asking memcached for, when it was
// found within the last 65,536 that were, or was held and asked for before.
//
// What does not exist takes no place of what does: that it does not is known for a second, of one key for
// each 64 entries, and nothing else remembers it. So whoever makes up keys drives out keys that were made up.
//
// A miss of an admitted key elects one caller to fetch (it "leads" a flight); all others who ask meanwhile
// wait for it, so a hot key that expires costs one fetch. An invalidation voids the flight of its key: what
// was fetched before a write is handed to those who asked before it, and not kept.
//
// A write that tells its result updates the value that is held instead: a hot object that changes a thousand
// times a second is still read from memory.
//
// Whoever records what an answer is made of (see recording) learns of a hit until when it is current.
//
// Values are type-erased: the kind of a key tells their type (see read_through). A null value is a known
// absence.
#pragma once

#include <algorithm>
#include <array>
#include <mutex>
#include <span>
#include <unordered_map>

#include "core/cache_key.hpp"
#include "core/metrics.hpp"
#include "core/recently_seen.hpp"
#include "core/recording.hpp"
#include "storage/slot_table.hpp"
#include "storage/ticket.hpp"

namespace linnet::storage {

struct local_cache_options {
  std::size_t max_entries = 1000000;    // about 1 KiB each
  std::chrono::milliseconds ttl{1000};  // while not told of changes; 0: nothing is kept
  std::chrono::seconds told_ttl{3600};
};

struct local_cache_metrics {
  counter hits;
  counter misses;
  counter joins;
  counter passes;
};

class local_cache {
 public:
  using clock = waiter::clock;
  using value = std::shared_ptr<const void>;
  // What a waiter gets: nullopt when the flight failed and it has to ask again.
  using landing = std::optional<value>;

  struct flight {
    std::vector<std::shared_ptr<ticket<landing>>> waiters;
    bool asked_before = false;
  };

  enum class state { hit, lead, join, pass };
  struct lookup {
    state what;
    value found;                     // hit
    std::shared_ptr<flight> flying;  // lead: pass it to land() or abandon(); join: pass it to join()
    bool hot = false;                // lead
  };

  local_cache(const local_cache_options&, local_cache_metrics&);

  // All of these from any thread.
  lookup acquire(const cache_key&);
  // Of each, in their order: waits for memory once, not for one after the other.
  std::vector<lookup> acquire(std::span<const cache_key>);
  // False when acquire() would tell the caller to pass by; counts as asking.
  bool admits(const cache_key&);
  void join(const std::shared_ptr<flight>&, const cache_key&, std::shared_ptr<ticket<landing>>);
  // What was read by somebody who passed by, or along with something else, after that moment: kept if nothing
  // has to go for it, and it was not changed in between.
  using moment = std::uint64_t;
  moment now() const { return changes_.load(std::memory_order_acquire); }
  void offer(const cache_key&, value, moment read_after);
  // `until`: beyond that the value may be out of date, whatever this server is told.
  void land(const cache_key&, const std::shared_ptr<flight>&, value,
            clock::time_point until = clock::time_point::max());
  void abandon(const cache_key&, const std::shared_ptr<flight>&);
  void invalidate(const cache_key&);
  void invalidate_all();
  // As another server said, which may not have told memcached yet: for a while changed_lately() is true.
  void invalidate_told(const cache_key&);
  bool changed_lately(const cache_key&);
  // Until then this server knows of every change.
  void told_until(clock::time_point);
  bool is_told(clock::time_point now) const;
  // What a write makes of the value that is held; `older`: it was held before the write was submitted. Null
  // drops it.
  using change = std::function<value(const value& held, bool older)>;
  void update(const cache_key&, clock::time_point submitted, const change&);
  // With what is known not to exist.
  std::size_t size() const;

 private:
  struct slot : keyed_slot {
    using keyed_slot::keyed_slot;
    value held;
    bool ready = false;    // else what it held is void
    bool offered = false;  // and not asked for since
    clock::time_point landed;
    clock::time_point told;             // when it landed, or a write of this server last changed it
    clock::time_point expires;          // while told of changes
    std::shared_ptr<currency> current;  // of `held`, if somebody records it
  };
  struct shard {
    mutable std::mutex mutex;
    // Those go first that were offered and not asked for, then those that were filled longest ago.
    slot_table<slot> slots;
    slot_table<slot> absent;  // of what is known not to exist, the oldest go first
    std::unordered_map<cache_key, std::shared_ptr<flight>, cache_key_hash> flights;
    recently_seen<256> asked_lately;            // keys that were not held
    recently_seen<256> found_lately;            // those of them that there were
    recently_seen<4096> found;                  // the same, for longer
    std::array<std::uint32_t, 1024> changed{};  // when keys of that hash were last changed elsewhere
    std::array<moment, 1024> voided{};          // when keys of that hash were last changed anywhere
  };
  static constexpr std::size_t shard_count = 64;

  // By bits that the table of a shard makes no use of.
  shard& shard_of(const cache_key& key) { return shards_[(cache_key_hash{}(key) >> 26) % shard_count]; }
  static std::size_t place_of(const cache_key& key) {
    return cache_key_hash{}(key) % std::tuple_size_v<decltype(shard::changed)>;
  }
  void prefetch_all(std::span<const cache_key>);
  lookup acquire(const cache_key&, clock::time_point now);
  clock::time_point end_of(const slot&, clock::time_point now) const;
  static void note(slot&, clock::time_point until);
  static void outdate(slot&);
  static void drop(slot&);
  static void remove(slot_table<slot>&, const cache_key&);
  static void note_found(shard&, const cache_key&);
  void void_reads(shard&, const cache_key&);
  std::size_t room() const { return std::max<std::size_t>(1, options_.max_entries / shard_count); }
  std::size_t room_for_absent() const { return std::max<std::size_t>(1, room() / 64); }
  void settle(slot&, value, clock::time_point until) const;
  void keep(shard&, const cache_key&, value, clock::time_point until, bool asked_before);
  void finish(const cache_key&, const std::shared_ptr<flight>&, const landing&, clock::time_point until);

  const local_cache_options& options_;
  local_cache_metrics& metrics_;
  std::atomic<clock::rep> told_until_{0};
  std::atomic<moment> changes_{0};     // so many there were
  std::atomic<moment> all_voided_{0};  // when everything was
  std::array<shard, shard_count> shards_;
};

}  // namespace linnet::storage
