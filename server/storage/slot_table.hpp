// What one shard of a cache holds: slots by their key, and in the order in which they have to go.
//
// Slots never move; the table, 8 bytes for each of up to twice as many, doubles when it is full. Whoever
// needs many slots can have their memory on its way before needing the first of them: see prefetch_place and
// prefetch_slot.
//
// Not thread-safe, but for prefetch_place.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set.hpp>

#include "core/cache_key.hpp"
#include "core/prefetch.hpp"

namespace linnet::storage {

namespace intrusive = boost::intrusive;

// What every slot derives from.
struct keyed_slot : intrusive::unordered_set_base_hook<intrusive::link_mode<intrusive::normal_link>>,
                    intrusive::list_base_hook<intrusive::link_mode<intrusive::normal_link>> {
  explicit keyed_slot(const cache_key& k) : key(k) {}
  const cache_key key;
};

template <class Slot>
class slot_table {
 public:
  slot_table() = default;
  slot_table(const slot_table&) = delete;
  slot_table& operator=(const slot_table&) = delete;
  ~slot_table() {
    by_key_.clear();
    by_age_.clear_and_dispose(std::default_delete<Slot>());
  }

  // Null when there is none.
  Slot* find(const cache_key& key) {
    const auto at = by_key_.find(key);
    return at == by_key_.end() ? nullptr : &*at;
  }
  // A slot that is not there yet, and will be the first or the last to go.
  Slot& add_first(const cache_key& key) { return add(key, by_age_.begin()); }
  Slot& add_last(const cache_key& key) { return add(key, by_age_.end()); }
  void goes_last(Slot& slot) { by_age_.splice(by_age_.end(), by_age_, by_age_.iterator_to(slot)); }
  Slot& first() { return by_age_.front(); }
  void remove(Slot& slot) {
    by_key_.erase(by_key_.iterator_to(slot));
    by_age_.erase_and_dispose(by_age_.iterator_to(slot), std::default_delete<Slot>());
  }

  std::size_t size() const { return by_key_.size(); }
  auto begin() { return by_age_.begin(); }
  auto end() { return by_age_.end(); }

  // Any thread. While the table grows it may be the wrong place, which does no harm.
  void prefetch_place(const cache_key& key) const {
    const std::size_t hash = cache_key_hash{}(key);
    const std::size_t place = hash & last_place_.load(std::memory_order_relaxed);
    prefetch(first_place_.load(std::memory_order_relaxed) + place * sizeof(bucket), 1);
  }
  // Waits for the place, if it has not arrived.
  void prefetch_slot(const cache_key& key) const {
    const auto place = by_key_.bucket(key);
    const auto at = by_key_.begin(place);
    if (at != by_key_.end(place)) prefetch(&*at, sizeof(Slot));
  }

 private:
  struct key_of {
    using type = cache_key;
    const type& operator()(const Slot& slot) const { return slot.key; }
  };
  using table = intrusive::unordered_set<Slot, intrusive::key_of_value<key_of>,
                                         intrusive::hash<cache_key_hash>, intrusive::power_2_buckets<true>>;
  using bucket = typename table::bucket_type;
  using ages = intrusive::list<Slot, intrusive::constant_time_size<false>>;

  Slot& add(const cache_key& key, typename ages::iterator before) {
    if (size() == places_.size()) grow();
    auto* fresh = new Slot(key);
    by_key_.insert(*fresh);
    by_age_.insert(before, *fresh);
    return *fresh;
  }
  void grow() {
    std::vector<bucket> larger(places_.size() * 2);
    by_key_.rehash({larger.data(), larger.size()});
    places_.swap(larger);
    first_place_.store(reinterpret_cast<const char*>(places_.data()), std::memory_order_relaxed);
    last_place_.store(places_.size() - 1, std::memory_order_relaxed);
  }

  std::vector<bucket> places_ = std::vector<bucket>(16);
  table by_key_{typename table::bucket_traits(places_.data(), places_.size())};
  std::atomic<const char*> first_place_{reinterpret_cast<const char*>(places_.data())};
  std::atomic<std::size_t> last_place_{places_.size() - 1};
  ages by_age_;
};

}  // namespace linnet::storage
