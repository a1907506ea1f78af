// Reading one kind of object: own memory, then memcached, then the database, filling what is nearer on the
// way back. What is asked for the first time in a while comes straight from the database (see local_cache).
#pragma once

#include "storage/backends.hpp"

namespace linnet::storage {

template <class Key, class Value>
class read_through {
 public:
  using pointer = std::shared_ptr<const Value>;  // null: there is no such object

  struct source {
    std::function<cache_key(const Key&)> name;
    // For memcached; null where cache_key::is_shared() never holds.
    std::string (*encode)(const Value&);
    pointer (*decode)(std::string_view);  // null pointer: bytes of another version, fetched anew
    std::function<awaitable<std::vector<pointer>>(std::vector<Key>)> fetch;
  };

  read_through(backends& b, source s) : backends_(b), source_(std::move(s)) {}

  // False: nothing is gained by get(), the caller may as well read more than this from the database at once,
  // and offer() it.
  bool admits(const Key& key) { return backends_.memory.admits(source_.name(key)); }

  awaitable<pointer> get(Key key) {
    auto found = backends_.memory.acquire(source_.name(key));
    if (found.what == local_cache::state::hit)
      co_return std::static_pointer_cast<const Value>(std::move(found.found));
    std::vector<Key> keys;
    keys.push_back(std::move(key));
    std::vector<local_cache::lookup> lookups;
    lookups.push_back(std::move(found));
    auto values = co_await resolve(std::move(keys), std::move(lookups));
    co_return std::move(values.front());
  }

  // What was read from the database after that moment.
  void offer(const Key& key, pointer value, local_cache::moment read_after) {
    backends_.memory.offer(source_.name(key), std::move(value), read_after);
  }

  // In the order of the keys; duplicates are fine.
  awaitable<std::vector<pointer>> get_many(std::vector<Key> keys) {
    std::vector<cache_key> names;
    names.reserve(keys.size());
    for (const auto& key : keys) names.push_back(source_.name(key));
    auto lookups = backends_.memory.acquire(names);
    const auto is_hit = [](const auto& found) { return found.what == local_cache::state::hit; };
    if (!std::all_of(lookups.begin(), lookups.end(), is_hit))
      co_return co_await resolve(std::move(keys), std::move(lookups));
    std::vector<pointer> values;
    values.reserve(keys.size());
    for (auto& hit : lookups) values.push_back(std::static_pointer_cast<const Value>(std::move(hit.found)));
    co_return values;
  }

 private:
  // A key that memory does not hold. Null flight: it passes by, and is not shared.
  struct wanted {
    std::size_t at;  // its place among the keys asked for
    cache_key name;
    std::shared_ptr<local_cache::flight> flying;
    cache_entry entry;
    bool skips_memcached =
        false;  // not worth it; or changed elsewhere a moment ago, and memcached may not know yet
  };

  // Whatever happens, those who joined the flights that this caller leads are told.
  struct expedition {
    explicit expedition(local_cache& m) : memory(m) {}
    expedition(const expedition&) = delete;
    expedition& operator=(const expedition&) = delete;
    ~expedition() {
      for (auto& w : open) {
        if (w.flying) memory.abandon(w.name, w.flying);
      }
    }
    void land(wanted& w, pointer value,
              local_cache::clock::time_point until = local_cache::clock::time_point::max()) {
      if (w.flying) memory.land(w.name, w.flying, std::move(value), until);
      w.flying.reset();
    }
    local_cache& memory;
    std::vector<wanted> open;
  };

  awaitable<std::vector<pointer>> resolve(std::vector<Key> keys, std::vector<local_cache::lookup> lookups) {
    std::vector<pointer> values(keys.size());
    expedition out(backends_.memory);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto& [what, found, flying, hot] = lookups[i];
      if (what == local_cache::state::hit) {
        values[i] = std::static_pointer_cast<const Value>(std::move(found));
      } else if (what != local_cache::state::join) {
        const auto name = source_.name(keys[i]);
        const bool skips = !flying || !hot || !name.is_shared() || backends_.memory.changed_lately(name);
        out.open.push_back({i, name, std::move(flying), {}, skips});
      }
    }
    // First what others may wait for, then what we wait for: no two callers can wait for each other.
    if (backends_.cache.enabled()) co_await ask_memcached(out, values);
    if (!out.open.empty()) co_await ask_database(out, keys, values);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (lookups[i].what == local_cache::state::join)
        values[i] = co_await join(keys[i], std::move(lookups[i].flying));
    }
    co_return values;
  }

  // Leaves open what memcached does not hold, with the lease to fill it.
  awaitable<void> ask_memcached(expedition& out, std::vector<pointer>& values) {
    std::vector<cache_key> names;
    for (const auto& w : out.open) {
      if (!w.skips_memcached) names.push_back(w.name);
    }
    if (names.empty()) co_return;
    auto entries = co_await backends_.cache.get(backends_.waits, std::move(names));
    auto entry = entries.begin();
    for (auto& w : out.open) {
      if (w.skips_memcached) continue;
      w.entry = std::move(*entry++);
      if (w.entry.changed_at == 0 || !backends_.reads.from_replicas()) continue;
      // A replica that is behind must not fill in what was invalidated. It may also lack another server's
      // change that came before this tombstone was set, so it fills in nothing.
      backends_.positions.note(w.name, w.entry.changed_at);
      w.entry.what = cache_entry::kind::absent;
    }
    std::erase_if(out.open, [&](wanted& w) {
      if (w.entry.what != cache_entry::kind::value) return false;
      auto decoded = source_.decode(w.entry.bytes);
      if (!decoded) return false;
      values[w.at] = decoded;
      out.land(w, std::move(decoded), w.entry.until);
      return true;
    });
  }

  awaitable<void> ask_database(expedition& out, const std::vector<Key>& keys, std::vector<pointer>& values) {
    std::vector<Key> missing;
    for (const auto& w : out.open) missing.push_back(keys[w.at]);
    const auto begin = backends_.memory.now();
    auto fetched = co_await source_.fetch(std::move(missing));
    for (std::size_t m = 0; m < fetched.size(); ++m) {
      wanted& w = out.open[m];
      if (fetched[m] && w.entry.what == cache_entry::kind::lease)
        backends_.cache.fill(w.name, w.entry.cas, source_.encode(*fetched[m]));
      values[w.at] = fetched[m];
      if (w.flying) {
        out.land(w, std::move(fetched[m]));
      } else if (fetched[m]) {
        backends_.memory.offer(w.name, std::move(fetched[m]), begin);
      }
    }
  }

  awaitable<pointer> join(Key key, std::shared_ptr<local_cache::flight> flying) {
    auto start = [this, key, flying](std::shared_ptr<ticket<local_cache::landing>> left) {
      backends_.memory.join(flying, source_.name(key), std::move(left));
    };
    const auto landed = co_await backends_.waits.template wait<local_cache::landing>(std::move(start));
    if (landed) co_return std::static_pointer_cast<const Value>(*landed);
    co_return co_await get(key);
  }

  backends& backends_;
  source source_;
};

}  // namespace linnet::storage
