#include "storage/local_cache.hpp"

namespace linnet::storage {

local_cache::local_cache(const local_cache_options& options, local_cache_metrics& metrics)
    : options_(options), metrics_(metrics) {}

local_cache::lookup local_cache::acquire(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  auto at = home.slots.find(key);
  const bool fresh = at == home.slots.end();
  if (fresh) {
    if (key.kind != cache_kind::session && !was_asked(home, key)) {
      metrics_.passes.add();
      return {state::pass, nullptr, nullptr};
    }
    at = home.slots.try_emplace(key).first;
    at->second.age = home.by_age.insert(home.by_age.end(), key);
  }
  slot& found = at->second;
  if (found.ready && found.expires > waiter::clock::now()) {
    metrics_.hits.add();
    return {state::hit, found.held, nullptr};
  }
  if (found.flying) {
    metrics_.joins.add();
    return {state::join, nullptr, found.flying};
  }
  metrics_.misses.add();
  found.ready = false;
  found.flying = std::make_shared<flight>();
  auto flying = found.flying;
  if (fresh) evict(home);
  return {state::lead, nullptr, std::move(flying)};
}

bool local_cache::admits(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  if (home.slots.contains(key) || was_asked(home, key)) return true;
  metrics_.passes.add();
  return false;
}

// Remembers the key for the next time. Keys that share a place forget each other, which only delays them.
bool local_cache::was_asked(shard& home, const cache_key& key) {
  const std::size_t hash = cache_key_hash{}(key);
  const auto fingerprint = static_cast<std::uint32_t>(hash >> 32);
  auto& place = home.asked[hash / shard_count % home.asked.size()];
  if (place == fingerprint) return true;
  place = fingerprint;
  return false;
}

void local_cache::join(const std::shared_ptr<flight>& flying, const cache_key& key,
                       std::shared_ptr<ticket<landing>> waiting) {
  auto& home = shard_of(key);
  {
    const std::lock_guard lock(home.mutex);
    const auto at = home.slots.find(key);
    if (at != home.slots.end() && at->second.flying == flying) {
      flying->waiters.push_back(std::move(waiting));
      return;
    }
  }
  // It landed in between, or was voided: the waiter asks again.
  resumptions resumed;
  if (waiting->set_value(std::nullopt)) resumed.add(waiting);
}

void local_cache::land(const cache_key& key, const std::shared_ptr<flight>& flying, value result) {
  finish(key, flying, landing(std::move(result)));
}

void local_cache::abandon(const cache_key& key, const std::shared_ptr<flight>& flying) {
  finish(key, flying, std::nullopt);
}

void local_cache::finish(const cache_key& key, const std::shared_ptr<flight>& flying, const landing& result) {
  auto& home = shard_of(key);
  std::vector<std::shared_ptr<ticket<landing>>> waiters;
  {
    const std::lock_guard lock(home.mutex);
    waiters.swap(flying->waiters);
    const auto at = home.slots.find(key);
    if (at != home.slots.end() && at->second.flying == flying) {
      slot& own = at->second;
      own.flying.reset();
      const bool session = key.kind == cache_kind::session;
      if (result && (*result || !session)) {
        own.held = *result;
        own.ready = true;
        own.landed = waiter::clock::now();
        own.expires = own.landed + (session && options_.ttl.count() ? options_.session_ttl : options_.ttl);
        home.by_age.splice(home.by_age.end(), home.by_age, own.age);
      }
    }
  }
  resumptions resumed;
  for (auto& waiting : waiters) {
    if (waiting->set_value(result)) resumed.add(waiting);
  }
}

void local_cache::invalidate(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  const auto at = home.slots.find(key);
  if (at != home.slots.end()) drop(at->second);
}

void local_cache::invalidate(cache_kind kind) {
  for (auto& home : shards_) {
    const std::lock_guard lock(home.mutex);
    for (auto& [key, held] : home.slots) {
      if (key.kind == kind) drop(held);
    }
  }
}

void local_cache::drop(slot& held) {
  held.ready = false;
  held.held.reset();
  held.flying.reset();
}

void local_cache::update(const cache_key& key, waiter::clock::time_point submitted, const change& apply) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  const auto at = home.slots.find(key);
  if (at == home.slots.end()) return;
  slot& own = at->second;
  own.flying.reset();
  if (own.held) own.held = apply(own.held, own.landed < submitted);
  own.ready = own.held != nullptr;
}

std::size_t local_cache::size() const {
  std::size_t total = 0;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    total += s.slots.size();
  }
  return total;
}

// Entries live for about a second, so the oldest filling is as good a victim as the least used.
void local_cache::evict(shard& full) const {
  while (full.slots.size() > options_.max_entries / shard_count + 1) {
    const auto oldest = full.slots.find(full.by_age.front());
    if (oldest->second.flying) {
      full.by_age.splice(full.by_age.end(), full.by_age, oldest->second.age);
      return;
    }
    full.by_age.pop_front();
    full.slots.erase(oldest);
  }
}

}  // namespace linnet::storage
