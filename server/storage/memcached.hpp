// memcached: values shared by all servers. Keys are spread over the nodes by consistent hashing; each node
// has a worker thread, a queue and a breaker of its own, so one that hangs slows nobody else.
//
// Values are filled by lease, never by a plain set: a miss leaves a placeholder (or finds the tombstone of an
// invalidation), and the fill is a compare-and-swap against exactly that item. Whatever invalidates the key
// in between replaces the item and so voids the lease. Everything that waits for a node goes in one round
// trip.
//
// Beside values there are logs, to which servers append records: what they tell each other in passing.
//
// A node that fails is left alone until it answers again, and is flushed before it is trusted: invalidations
// that it missed would otherwise leave old values. Callers see a node that is away as misses without lease.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "core/cache_key.hpp"
#include "core/metrics.hpp"
#include "storage/ticket.hpp"

struct memcached_st;

namespace linnet::storage {

struct memcached_options {
  std::vector<std::string> nodes;  // "host:port"
  std::chrono::milliseconds timeout{50};
  std::chrono::seconds ttl{25};    // also how old a value can get if an invalidation is lost with its server
  std::size_t batch_cap = 256;     // keys of one round trip
  std::size_t queue_limit = 8192;  // keys that may wait for one node; beyond it they count as misses
};

struct memcached_metrics {
  counter hits;
  counter misses;
  counter errors;
  counter round_trips;
  size_histogram batch_size;
};

struct cache_entry {
  enum class kind { absent, value, lease } what = kind::absent;
  std::string bytes;                  // value
  waiter::clock::time_point until{};  // value: when it will be as old as one may get
  std::uint64_t cas = 0;              // lease: pass it to fill()
  std::uint64_t changed_at = 0;       // lease: the LSN of the invalidation, if that left it
};

// Appended to the log `key`, which begins empty and is gone `ttl` after its first record.
struct log_record {
  // Called once, on the thread of the node: with all that is in the log, this record too; with nullopt if the
  // node failed, or lost the log meanwhile. The record may then be there or not. Must not throw.
  using heard = std::function<void(std::optional<std::string_view> log)>;

  std::string key;  // printable, without spaces, at most 250 characters; no cache_key has it
  std::string bytes;
  std::chrono::seconds ttl;
  heard then;
};

class memcached_node;

class memcached {
 public:
  memcached(const memcached_options&, memcached_metrics&);
  ~memcached();
  void stop();

  bool enabled() const { return !nodes_.empty(); }
  std::size_t nodes() const { return nodes_.size(); }
  std::size_t nodes_up() const;
  std::size_t queued() const;

  // On an event loop, of one key or more. Never throws but for the caller's deadline: an unreachable node
  // yields absent.
  awaitable<std::vector<cache_entry>> get(deadlines&, std::vector<cache_key>);
  // Keeps a value under a lease that get() gave. Nobody waits for it.
  void fill(const cache_key&, std::uint64_t cas, std::string bytes);
  // From any thread. `done` is called, on whatever thread, once no node serves an older value to this server:
  // each has a tombstone, or is not read until it was flushed. It is told whether all have a tombstone; if
  // not, other servers may still read an older value. Of keys that are not shared nothing is to be done. Must
  // not throw.
  using voided = std::function<void(bool everywhere)>;
  void invalidate(const std::vector<cache_key>&, std::uint64_t at, voided done = nullptr);
  // From any thread, waits for nothing. The record goes along with tombstones if some are waiting, else in a
  // trip after those for which requests wait. Returns false, and drops it, where there is no node, or the
  // key's is away or busy.
  bool append(log_record);

 private:
  std::size_t node_of(const std::string& key) const;

  std::unique_ptr<memcached_st, void (*)(memcached_st*)> ring_;
  std::vector<std::unique_ptr<memcached_node>> nodes_;
};

}  // namespace linnet::storage
