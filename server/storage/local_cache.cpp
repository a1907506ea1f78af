#include "storage/local_cache.hpp"

namespace linnet::storage {

namespace {

// Longer than a server takes to tell memcached of its change, or gives up.
constexpr std::uint32_t lately_ms = 6000;

// What is worth fetching of an object before its type is known: most are no longer.
constexpr std::size_t object_begin = 128;

std::uint32_t milliseconds_now() {
  const auto now = local_cache::clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace

local_cache::local_cache(const local_cache_options& options, local_cache_metrics& metrics)
    : options_(options), metrics_(metrics) {}

local_cache::lookup local_cache::acquire(const cache_key& key) {
  auto result = acquire(key, clock::now());
  if (result.what == state::hit) metrics_.hits.add();
  return result;
}

std::vector<local_cache::lookup> local_cache::acquire(std::span<const cache_key> keys) {
  if (keys.size() > 1) prefetch_all(keys);
  const auto now = clock::now();
  std::vector<lookup> results;
  results.reserve(keys.size());
  std::size_t hits = 0;
  for (const auto& key : keys) {
    results.push_back(acquire(key, now));
    if (results.back().what == state::hit) ++hits;
  }
  if (hits) metrics_.hits.add(hits);
  return results;
}

// In three steps, since each needs what the one before it fetched.
void local_cache::prefetch_all(std::span<const cache_key> keys) {
  for (const auto& key : keys) shard_of(key).slots.prefetch_place(key);
  for (const auto& key : keys) {
    auto& home = shard_of(key);
    const std::lock_guard lock(home.mutex);
    home.slots.prefetch_slot(key);
  }
  for (const auto& key : keys) {
    auto& home = shard_of(key);
    const std::lock_guard lock(home.mutex);
    const slot* found = home.slots.find(key);
    if (found && found->held) prefetch(found->held.get(), object_begin);
  }
}

// Counts no hit.
local_cache::lookup local_cache::acquire(const cache_key& key, clock::time_point now) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  slot* const held = home.slots.find(key);
  bool hot = held != nullptr;
  if (held && held->offered) {
    hot = held->ready;
    held->offered = false;
    home.slots.goes_last(*held);
  }
  slot* const known = held ? held : home.absent.find(key);
  if (known && known->ready) {
    const auto end = end_of(*known, now);
    if (end > now) {
      // For a second at most: after that it is asked again whether this server is told of changes.
      note(*known, std::min(end, now + options_.ttl));
      return {state::hit, known->held, nullptr};
    }
    known->ready = false;
  }
  if (const auto flying = home.flights.find(key); flying != home.flights.end()) {
    metrics_.joins.add();
    return {state::join, nullptr, flying->second};
  }
  const auto hash = cache_key_hash{}(key);
  const bool asked_before = known || home.asked_lately.meet(hash);
  if (!asked_before && key.kind != cache_kind::session && !home.found.knows(hash)) {
    metrics_.passes.add();
    return {state::pass, nullptr, nullptr};
  }
  metrics_.misses.add();
  auto flying = std::make_shared<flight>();
  flying->asked_before = asked_before;
  home.flights.emplace(key, flying);
  return {state::lead, nullptr, std::move(flying), hot || home.found_lately.knows(hash)};
}

bool local_cache::admits(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  const auto hash = cache_key_hash{}(key);
  if (home.slots.find(key) || home.absent.find(key) || home.found.knows(hash)) return true;
  if (home.asked_lately.meet(hash)) return true;
  metrics_.passes.add();
  return false;
}

void local_cache::join(const std::shared_ptr<flight>& flying, const cache_key& key,
                       std::shared_ptr<ticket<landing>> waiting) {
  auto& home = shard_of(key);
  {
    const std::lock_guard lock(home.mutex);
    const auto at = home.flights.find(key);
    if (at != home.flights.end() && at->second == flying) {
      flying->waiters.push_back(std::move(waiting));
      return;
    }
  }
  // It landed in between, or was voided: the waiter asks again.
  resumptions resumed;
  if (waiting->set_value(std::nullopt)) resumed.add(waiting);
}

void local_cache::land(const cache_key& key, const std::shared_ptr<flight>& flying, value result,
                       clock::time_point until) {
  finish(key, flying, landing(std::move(result)), until);
}

void local_cache::offer(const cache_key& key, value read, moment read_after) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  if (home.asked_lately.knows(cache_key_hash{}(key))) note_found(home, key);
  if (home.slots.size() >= room() || home.voided[place_of(key)] > read_after || all_voided_ > read_after)
    return;
  if (home.slots.find(key) || home.flights.count(key)) return;
  remove(home.absent, key);
  slot& own = home.slots.add_first(key);
  own.offered = true;
  settle(own, std::move(read), clock::time_point::max());
}

void local_cache::note_found(shard& home, const cache_key& key) {
  const auto hash = cache_key_hash{}(key);
  home.found_lately.meet(hash);
  home.found.meet(hash);
}

// The slot holds that now.
void local_cache::settle(slot& own, value result, clock::time_point until) const {
  outdate(own);
  own.held = std::move(result);
  own.ready = true;
  own.landed = own.told = clock::now();
  const bool long_lived = own.held && options_.ttl.count();
  own.expires = std::min(until, own.landed + (long_lived ? options_.told_ttl : options_.ttl));
}

void local_cache::abandon(const cache_key& key, const std::shared_ptr<flight>& flying) {
  finish(key, flying, std::nullopt, {});
}

void local_cache::finish(const cache_key& key, const std::shared_ptr<flight>& flying, const landing& result,
                         clock::time_point until) {
  auto& home = shard_of(key);
  std::vector<std::shared_ptr<ticket<landing>>> waiters;
  {
    const std::lock_guard lock(home.mutex);
    waiters.swap(flying->waiters);
    const auto at = home.flights.find(key);
    if (at != home.flights.end() && at->second == flying) {
      home.flights.erase(at);
      if (result) keep(home, key, *result, until, flying->asked_before);
    }
  }
  resumptions resumed;
  for (auto& waiting : waiters) {
    if (waiting->set_value(result)) resumed.add(waiting);
  }
}

void local_cache::keep(shard& home, const cache_key& key, value result, clock::time_point until,
                       bool asked_before) {
  const bool exists = result != nullptr;
  remove(exists ? home.absent : home.slots, key);
  if (exists) note_found(home, key);
  if (!exists && !asked_before) return;
  auto& slots = exists ? home.slots : home.absent;
  slot* own = slots.find(key);
  if (!own) own = &slots.add_last(key);
  settle(*own, std::move(result), until);
  slots.goes_last(*own);
  // The oldest filling is nearly as good a victim as the least used: what is used is soon back.
  while (slots.size() > (exists ? room() : room_for_absent())) {
    outdate(slots.first());
    slots.remove(slots.first());
  }
}

void local_cache::remove(slot_table<slot>& slots, const cache_key& key) {
  slot* gone = slots.find(key);
  if (!gone) return;
  outdate(*gone);
  slots.remove(*gone);
}

// Of what was read before nothing is to be kept any more, but what is held stays.
void local_cache::void_reads(shard& home, const cache_key& key) {
  home.voided[place_of(key)] = changes_.fetch_add(1, std::memory_order_acq_rel) + 1;
  home.flights.erase(key);
  remove(home.absent, key);
}

void local_cache::invalidate(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  void_reads(home, key);
  if (slot* held = home.slots.find(key)) drop(*held);
}

void local_cache::invalidate_all() {
  all_voided_ = changes_.fetch_add(1, std::memory_order_acq_rel) + 1;
  for (auto& home : shards_) {
    const std::lock_guard lock(home.mutex);
    home.flights.clear();
    for (auto& held : home.slots) drop(held);
    for (auto& known : home.absent) drop(known);
  }
}

void local_cache::invalidate_told(const cache_key& key) {
  {
    auto& home = shard_of(key);
    const std::lock_guard lock(home.mutex);
    home.changed[place_of(key)] = milliseconds_now();
  }
  invalidate(key);
}

bool local_cache::changed_lately(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  const auto at = home.changed[place_of(key)];
  return at != 0 && milliseconds_now() - at < lately_ms;
}

void local_cache::told_until(clock::time_point until) {
  told_until_.store(until.time_since_epoch().count(), std::memory_order_release);
}

bool local_cache::is_told(clock::time_point now) const {
  return now.time_since_epoch().count() < told_until_.load(std::memory_order_acquire);
}

// Until when the value may be served, as things stand now. Sessions are not asked for while not told.
local_cache::clock::time_point local_cache::end_of(const slot& held, clock::time_point now) const {
  if (held.key.kind == cache_kind::session || is_told(now)) return held.expires;
  return std::min(held.expires, held.landed + options_.ttl);
}

void local_cache::note(slot& read, clock::time_point until) {
  recording::note(read.told);
  if (!recording::keeps()) return;
  if (!read.current) read.current = std::make_shared<currency>();
  recording::keep(read.current, until);
}

void local_cache::outdate(slot& held) {
  if (held.current) held.current->end();
  held.current.reset();
}

void local_cache::drop(slot& held) {
  outdate(held);
  held.ready = false;
  held.held.reset();
}

void local_cache::update(const cache_key& key, clock::time_point submitted, const change& apply) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  void_reads(home, key);
  slot* own = home.slots.find(key);
  if (!own) return;
  outdate(*own);
  if (own->held) own->held = apply(own->held, own->landed < submitted);
  own->told = clock::now();
  own->ready = own->held != nullptr;
}

std::size_t local_cache::size() const {
  std::size_t total = 0;
  for (const auto& s : shards_) {
    const std::lock_guard lock(s.mutex);
    total += s.slots.size() + s.absent.size();
  }
  return total;
}

}  // namespace linnet::storage
