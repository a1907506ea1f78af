// Reading one kind of object: own memory, then memcached, then the database, filling what is nearer on the
// way back.
#pragma once

#include "storage/backends.hpp"

namespace linnet::storage {

template <class Key, class Value>
class read_through {
 public:
  using pointer = std::shared_ptr<const Value>;  // null: there is no such object

  struct source {
    std::function<cache_key(const Key&)> name;
    std::string (*encode)(const Value&);  // null: not kept in memcached
    pointer (*decode)(std::string_view);  // null pointer: bytes of another version, fetched anew
    std::function<awaitable<std::vector<pointer>>(std::vector<Key>)> fetch;
  };

  read_through(backends& b, source s) : backends_(b), source_(std::move(s)) {}

  awaitable<pointer> get(Key key) {
    const cache_key name = source_.name(key);
    auto found = backends_.memory.acquire(name);
    if (found.what == local_cache::state::hit)
      co_return std::static_pointer_cast<const Value>(std::move(found.found));
    std::vector<Key> keys;
    keys.push_back(std::move(key));
    std::vector<local_cache::lookup> lookups;
    lookups.push_back(std::move(found));
    auto values = co_await resolve(std::move(keys), std::move(lookups));
    co_return std::move(values.front());
  }

  // In the order of the keys; duplicates are fine.
  awaitable<std::vector<pointer>> get_many(std::vector<Key> keys) {
    std::vector<local_cache::lookup> lookups;
    lookups.reserve(keys.size());
    for (const auto& key : keys) lookups.push_back(backends_.memory.acquire(source_.name(key)));
    return resolve(std::move(keys), std::move(lookups));
  }

 private:
  // Flights that this caller leads: whatever happens, those who joined them are told.
  struct led_flights {
    explicit led_flights(local_cache& m) : memory(m) {}
    led_flights(const led_flights&) = delete;
    led_flights& operator=(const led_flights&) = delete;
    ~led_flights() {
      for (auto& [name, flying] : open) {
        if (flying) memory.abandon(name, flying);
      }
    }
    void land(std::size_t i, pointer value) {
      memory.land(open[i].first, open[i].second, std::move(value));
      open[i].second.reset();
    }
    local_cache& memory;
    std::vector<std::pair<cache_key, std::shared_ptr<local_cache::flight>>> open;
  };

  awaitable<std::vector<pointer>> resolve(std::vector<Key> keys, std::vector<local_cache::lookup> lookups) {
    std::vector<pointer> values(keys.size());
    std::vector<std::size_t> led;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (lookups[i].what == local_cache::state::hit) {
        values[i] = std::static_pointer_cast<const Value>(std::move(lookups[i].found));
      } else if (lookups[i].what == local_cache::state::lead) {
        led.push_back(i);
      }
    }
    // First what others may wait for, then what we wait for: no two callers can wait for each other.
    if (!led.empty()) co_await lead(keys, lookups, led, values);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (lookups[i].what == local_cache::state::join) {
        values[i] = co_await join(keys[i], std::move(lookups[i].flying));
      }
    }
    co_return values;
  }

  awaitable<void> lead(std::vector<Key>& keys, std::vector<local_cache::lookup>& lookups,
                       const std::vector<std::size_t>& led, std::vector<pointer>& values) {
    led_flights flights(backends_.memory);
    std::vector<cache_key> names;
    for (const auto i : led) {
      names.push_back(source_.name(keys[i]));
      flights.open.emplace_back(names.back(), std::move(lookups[i].flying));
    }
    std::vector<cache_entry> entries(led.size());
    const bool shared = source_.encode != nullptr && backends_.cache.enabled();
    if (shared) entries = co_await backends_.cache.get(backends_.waits, names);

    std::vector<std::size_t> missing;
    std::vector<Key> missing_keys;
    for (std::size_t n = 0; n < led.size(); ++n) {
      if (entries[n].what == cache_entry::kind::value) {
        if (auto decoded = source_.decode(entries[n].bytes)) {
          values[led[n]] = decoded;
          flights.land(n, std::move(decoded));
          continue;
        }
      }
      missing.push_back(n);
      missing_keys.push_back(keys[led[n]]);
    }
    if (missing.empty()) co_return;
    const auto fetched = co_await source_.fetch(std::move(missing_keys));
    for (std::size_t m = 0; m < missing.size(); ++m) {
      const std::size_t n = missing[m];
      values[led[n]] = fetched[m];
      if (fetched[m] && shared && entries[n].what == cache_entry::kind::lease) {
        backends_.cache.fill(names[n], entries[n].cas, source_.encode(*fetched[m]));
      }
      flights.land(n, fetched[m]);
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
