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
  slot* at = home.slots.find(key);
  const bool fresh = !at;
  bool hot = true;
  if (fresh) {
    if (key.kind != cache_kind::session) {
      const auto hash = cache_key_hash{}(key);
      hot = home.asked_lately.meet(hash);
      if (!home.asked.meet(hash)) {
        metrics_.passes.add();
        return {state::pass, nullptr, nullptr};
      }
    }
    at = &home.slots.add_last(key);
  }
  slot& found = *at;
  if (found.offered) {
    found.offered = false;
    home.slots.goes_last(found);
    if (!found.ready) hot = home.asked_lately.meet(cache_key_hash{}(key));
  }
  const auto end = end_of(found, now);
  if (found.ready && end > now) {
    // For a second at most: after that it is asked again whether this server is told of changes.
    note(found, std::min(end, now + options_.ttl));
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
  return {state::lead, nullptr, std::move(flying), hot};
}

bool local_cache::admits(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  const auto hash = cache_key_hash{}(key);
  if (home.slots.find(key) || home.asked.meet(hash)) return true;
  home.asked_lately.meet(hash);  // else acquire() will follow, which asks for it too
  metrics_.passes.add();
  return false;
}

std::size_t local_cache::place_of(const cache_key& key) {
  return cache_key_hash{}(key) % std::tuple_size_v<decltype(shard::changed)>;
}

void local_cache::join(const std::shared_ptr<flight>& flying, const cache_key& key,
                       std::shared_ptr<ticket<landing>> waiting) {
  auto& home = shard_of(key);
  {
    const std::lock_guard lock(home.mutex);
    const slot* at = home.slots.find(key);
    if (at && at->flying == flying) {
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
  if (!has_room(home) || home.voided[place_of(key)] > read_after || all_voided_ > read_after) return;
  if (home.slots.find(key)) return;
  slot& own = home.slots.add_first(key);
  own.offered = true;
  settle(own, std::move(read), clock::time_point::max());
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

// What was read before is not to be offered any more.
void local_cache::void_offers(shard& home, const cache_key& key) {
  home.voided[place_of(key)] = changes_.fetch_add(1, std::memory_order_acq_rel) + 1;
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
    slot* own = home.slots.find(key);
    if (own && own->flying == flying) {
      own->flying.reset();
      const bool session = key.kind == cache_kind::session;
      if (result && (*result || !session)) {
        settle(*own, *result, until);
        home.slots.goes_last(*own);
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
  void_offers(home, key);
  if (slot* held = home.slots.find(key)) drop(*held);
}

void local_cache::invalidate_all() {
  all_voided_ = changes_.fetch_add(1, std::memory_order_acq_rel) + 1;
  for (auto& home : shards_) {
    const std::lock_guard lock(home.mutex);
    for (auto& held : home.slots) drop(held);
  }
}

void local_cache::invalidate_told(const cache_key& key) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  home.changed[place_of(key)] = milliseconds_now();
  void_offers(home, key);
  if (slot* held = home.slots.find(key)) drop(*held);
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
  held.flying.reset();
}

void local_cache::update(const cache_key& key, clock::time_point submitted, const change& apply) {
  auto& home = shard_of(key);
  const std::lock_guard lock(home.mutex);
  void_offers(home, key);
  slot* at = home.slots.find(key);
  if (!at) return;
  slot& own = *at;
  own.flying.reset();
  outdate(own);
  if (own.held) own.held = apply(own.held, own.landed < submitted);
  own.told = clock::now();
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

// The oldest filling is nearly as good a victim as the least used: what is used is soon back.
void local_cache::evict(shard& full) const {
  while (full.slots.size() > options_.max_entries / shard_count + 1) {
    slot& oldest = full.slots.first();
    if (oldest.flying) return full.slots.goes_last(oldest);
    outdate(oldest);
    full.slots.remove_first();
  }
}

}  // namespace linnet::storage
