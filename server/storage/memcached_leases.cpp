// What a node is asked: gets with leases, fills under them, tombstones. See memcached.hpp.
#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include <libmemcached/memcached.h>

#include "core/time.hpp"
#include "storage/memcached_node.hpp"

namespace linnet::storage {

namespace {

constexpr time_t lease_seconds = 10;

// A value carries when it was read, in seconds since 1970, so that who takes it up knows how old it is.
std::int64_t seconds_now() {
  return to_unix_micros(now()) / 1'000'000;
}

std::string stamped(std::string_view bytes) {
  const std::int64_t at = seconds_now();
  std::string out(reinterpret_cast<const char*>(&at), sizeof at);
  return out.append(bytes);
}

bool is_miss(memcached_return_t rc) {
  return rc == MEMCACHED_NOTFOUND || rc == MEMCACHED_END;
}

}  // namespace

// What an item of the node is to those who asked for it.
cache_entry memcached_node::entry_of(std::uint32_t flags, std::string_view bytes, std::uint64_t cas) const {
  const auto ttl = options_.ttl;
  std::int64_t at = 0;
  if (flags != value_item || bytes.size() < sizeof at) {
    std::uint64_t changed_at = 0;
    if (flags == tombstone_item) std::from_chars(bytes.data(), bytes.data() + bytes.size(), changed_at);
    return {cache_entry::kind::lease, {}, {}, cas, changed_at};
  }
  std::memcpy(&at, bytes.data(), sizeof at);
  const auto age = std::chrono::seconds(std::clamp<std::int64_t>(seconds_now() - at, 0, ttl.count()));
  return {cache_entry::kind::value, std::string(bytes.substr(sizeof at)), waiter::clock::now() + ttl - age, 0,
          0};
}

bool memcached_node::run_gets(std::deque<get_item>& gets) {
  if (gets.empty()) return true;
  std::unordered_multimap<std::string_view, get_item*> wanted;
  std::vector<const std::string*> keys;
  for (auto& item : gets) {
    if (wanted.find(item.key) == wanted.end()) keys.push_back(&item.key);
    wanted.emplace(item.key, &item);
  }
  const bool read = multi_get(
      keys, [&](std::string_view key, std::uint64_t cas, std::uint32_t flags, std::string_view bytes) {
        const auto [first, last] = wanted.equal_range(key);
        for (auto at = first; at != last; ++at) {
          auto& entry = at->second->request->result[at->second->position];
          entry = entry_of(flags, bytes, cas);
          (entry.what == cache_entry::kind::value ? metrics_.hits : metrics_.misses).add();
        }
      });
  return read && place_leases(gets);
}

// For keys that the node does not hold at all: add a placeholder and learn its cas. Several servers may hold
// the same lease; the first to fill wins, and the rest filled the same.
bool memcached_node::place_leases(std::deque<get_item>& gets) {
  std::unordered_multimap<std::string_view, get_item*> missing;
  std::vector<const std::string*> keys;
  for (auto& item : gets) {
    if (item.request->result[item.position].what != cache_entry::kind::absent) continue;
    if (missing.find(item.key) == missing.end()) keys.push_back(&item.key);
    missing.emplace(item.key, &item);
    metrics_.misses.add();
  }
  if (keys.empty()) return true;
  for (const auto* key : keys) {
    const auto rc = memcached_add(link_.get(), key->data(), key->size(), "", 0, lease_seconds, lease_item);
    if (memcached_failed(rc) && rc != MEMCACHED_BUFFERED && rc != MEMCACHED_NOTSTORED) {
      give_up("add", rc);
      return false;
    }
  }
  return multi_get(keys,
                   [&](std::string_view key, std::uint64_t cas, std::uint32_t flags, std::string_view bytes) {
                     const auto [first, last] = missing.equal_range(key);
                     for (auto at = first; at != last; ++at) {
                       auto& entry = at->second->request->result[at->second->position];
                       entry = entry_of(flags, bytes, cas);
                     }
                   });
}

bool memcached_node::run_fills(const std::deque<fill_item>& fills) {
  for (const auto& item : fills) {
    // Up to a quarter less than the TTL, by key: what was filled together does not expire together.
    const auto ttl = options_.ttl.count();
    const auto jitter =
        static_cast<std::int64_t>(std::hash<std::string>{}(item.key) % static_cast<std::size_t>(ttl / 4 + 1));
    const std::string bytes = stamped(item.bytes);
    const auto rc = memcached_cas(link_.get(), item.key.data(), item.key.size(), bytes.data(), bytes.size(),
                                  static_cast<time_t>(ttl - jitter), value_item, item.cas);
    if (memcached_failed(rc) && rc != MEMCACHED_BUFFERED && rc != MEMCACHED_DATA_EXISTS && !is_miss(rc)) {
      give_up("cas", rc);
      return false;
    }
  }
  if (!fills.empty()) {
    const auto rc = memcached_flush_buffers(link_.get());
    if (memcached_failed(rc)) {
      give_up("flush", rc);
      return false;
    }
  }
  return true;
}

// The tombstones go out without replies; reading them back on the same connection proves that they arrived.
bool memcached_node::run_invalidations(const std::deque<invalidate_item>& invalidations,
                                       std::deque<append_item>& along) {
  if (invalidations.empty()) return true;
  std::unordered_map<std::string_view, std::uint64_t> latest;
  for (const auto& item : invalidations) {
    auto& at = latest[item.key];
    at = std::max(at, item.at);
  }
  std::vector<const std::string*> keys;
  for (const auto& item : invalidations) {
    const auto at = latest.find(item.key);
    if (at == latest.end()) continue;
    const std::string position = std::to_string(at->second);
    latest.erase(at);
    const auto rc = memcached_set(link_.get(), item.key.data(), item.key.size(), position.data(),
                                  position.size(), options_.ttl.count(), tombstone_item);
    if (memcached_failed(rc) && rc != MEMCACHED_BUFFERED) {
      give_up("invalidate", rc);
      return false;
    }
    keys.push_back(&item.key);
  }
  const std::size_t tombstones = keys.size();
  if (!send_records(along)) return false;
  for (const auto& item : along) keys.push_back(&item.record.key);
  std::size_t seen = 0;
  const bool read =
      multi_get(keys, [&](std::string_view key, std::uint64_t, std::uint32_t flags, std::string_view bytes) {
        if (flags == log_item) {
          take_log(along, key, bytes);
        } else {
          ++seen;
        }
      });
  if (read && seen != tombstones) {
    give_up("invalidate", MEMCACHED_NOTSTORED);
    return false;
  }
  return read;
}

}  // namespace linnet::storage
