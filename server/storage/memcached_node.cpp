#include "storage/memcached_node.hpp"

#include <unordered_map>

#include <libmemcached/memcached.h>

#include "core/log.hpp"

namespace linnet::storage {

namespace {

// The flags of an item tell what it is.
constexpr std::uint32_t value_item = 1;
constexpr std::uint32_t lease_item = 2;      // placeholder of a miss
constexpr std::uint32_t tombstone_item = 3;  // left by an invalidation; its bytes are the commit's LSN

constexpr auto probe_interval = std::chrono::milliseconds(500);
constexpr time_t lease_seconds = 10;

bool is_miss(memcached_return_t rc) {
  return rc == MEMCACHED_NOTFOUND || rc == MEMCACHED_END;
}

}  // namespace

memcached_node::memcached_node(std::string host, std::uint16_t port, const memcached_options& options,
                               memcached_metrics& metrics)
    : host_(std::move(host)),
      port_(port),
      options_(options),
      metrics_(metrics),
      link_(nullptr, memcached_free) {
  thread_ = std::thread([this] { work(); });
}

memcached_node::~memcached_node() {
  stop();
}

void memcached_node::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  ready_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void memcached_node::get(std::shared_ptr<get_request> request,
                         std::vector<std::pair<std::size_t, std::string>> keys_by_position) {
  if (!up() || queued() > options_.queue_limit) {
    resumptions resumed;
    request->part_done(keys_by_position.size(), resumed);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    queued_ += keys_by_position.size();
    for (auto& [position, key] : keys_by_position)
      waiting_.gets.push_back({request, position, std::move(key)});
  }
  ready_.notify_one();
}

void memcached_node::invalidate(std::shared_ptr<invalidate_request> request, std::vector<std::string> keys,
                                std::uint64_t lsn) {
  // Not shed while the node is down or busy: the worker alone knows whether the node may be trusted
  // afterwards.
  {
    const std::lock_guard lock(mutex_);
    queued_ += keys.size();
    for (auto& key : keys) waiting_.invalidations.push_back({request, std::move(key), lsn});
  }
  ready_.notify_one();
}

void memcached_node::fill(std::string key, std::uint64_t cas, std::string bytes) {
  if (!up() || queued() > options_.queue_limit) return;
  {
    const std::lock_guard lock(mutex_);
    ++queued_;
    waiting_.fills.push_back({std::move(key), cas, std::move(bytes)});
  }
  ready_.notify_one();
}

void memcached_node::work() {
  for (;;) {
    work_load load = take();
    if (load.empty()) {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
      continue;
    }
    run(load);
  }
}

memcached_node::work_load memcached_node::take() {
  std::unique_lock lock(mutex_);
  // A node that is down is probed even while nobody asks, so that it comes back by itself.
  const auto awake = [this] { return stopped_ || !waiting_.empty(); };
  if (up()) {
    ready_.wait(lock, awake);
  } else if (!ready_.wait_for(lock, probe_interval, awake)) {
    lock.unlock();
    probe();
    return {};
  }
  work_load load;
  const auto move_some = [this](auto& from, auto& to) {
    const std::size_t n = std::min(from.size(), options_.batch_cap);
    to.assign(std::make_move_iterator(from.begin()),
              std::make_move_iterator(from.begin() + static_cast<std::ptrdiff_t>(n)));
    from.erase(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(n));
    queued_ -= n;
  };
  move_some(waiting_.invalidations, load.invalidations);
  move_some(waiting_.gets, load.gets);
  move_some(waiting_.fills, load.fills);
  return load;
}

// Invalidations first: a get of the same turn must not see what they void.
void memcached_node::run(work_load& load) {
  metrics_.batch_size.observe(
      static_cast<double>(load.gets.size() + load.fills.size() + load.invalidations.size()));
  bool healthy = up() || (waiter::clock::now() >= retry_at_ && probe());
  healthy = healthy && open();
  healthy = healthy && run_invalidations(load.invalidations);
  healthy = healthy && run_gets(load.gets);
  resumptions resumed;
  for (auto& item : load.invalidations) item.request->part_done(1, resumed);
  for (auto& item : load.gets) item.request->part_done(1, resumed);
  if (healthy) run_fills(load.fills);
}

bool memcached_node::open() {
  if (link_) return true;
  link_.reset(memcached_create(nullptr));
  auto* link = link_.get();
  const auto milliseconds = static_cast<std::uint64_t>(options_.timeout.count());
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_BUFFER_REQUESTS, 1);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_NOREPLY, 1);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_POLL_TIMEOUT, milliseconds);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, milliseconds);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_SND_TIMEOUT, milliseconds * 1000);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_RCV_TIMEOUT, milliseconds * 1000);
  memcached_behavior_set(link, MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 0);
  return memcached_success(memcached_server_add(link, host_.c_str(), port_));
}

void memcached_node::close() {
  link_.reset();
}

// Trusts the node again once it answers and holds nothing that an invalidation it missed should have voided.
bool memcached_node::probe() {
  close();
  retry_at_ = waiter::clock::now() + probe_interval;
  if (!open()) return false;
  memcached_behavior_set(link_.get(), MEMCACHED_BEHAVIOR_NOREPLY, 0);
  memcached_behavior_set(link_.get(), MEMCACHED_BEHAVIOR_BUFFER_REQUESTS, 0);
  const bool flushed = memcached_success(memcached_flush(link_.get(), 0));
  close();
  if (!flushed) return false;
  if (!up_.exchange(true))
    log_event(log_level::info, "memcached is back", {{"node", host_ + ":" + std::to_string(port_)}});
  return true;
}

void memcached_node::give_up(const char* what, int code) {
  metrics_.errors.add();
  const char* why =
      link_ ? memcached_strerror(link_.get(), static_cast<memcached_return_t>(code)) : "no connection";
  if (up_.exchange(false)) {
    log_event(log_level::warning, "memcached is away",
              {{"node", host_ + ":" + std::to_string(port_)}, {"during", what}, {"error", why}});
  }
  retry_at_ = waiter::clock::now() + probe_interval;
  close();
}

// Calls found(key, cas, flags, bytes) for every key that the node holds. One round trip.
template <class Found>
bool memcached_node::multi_get(const std::vector<const std::string*>& keys, Found found) {
  std::vector<const char*> names;
  std::vector<std::size_t> sizes;
  for (const auto* key : keys) {
    names.push_back(key->data());
    sizes.push_back(key->size());
  }
  metrics_.round_trips.add();
  auto rc = memcached_mget(link_.get(), names.data(), sizes.data(), names.size());
  if (memcached_failed(rc)) {
    give_up("mget", rc);
    return false;
  }
  memcached_result_st item;
  memcached_result_create(link_.get(), &item);
  while (memcached_fetch_result(link_.get(), &item, &rc) != nullptr) {
    found(std::string_view(memcached_result_key_value(&item), memcached_result_key_length(&item)),
          memcached_result_cas(&item), memcached_result_flags(&item),
          std::string_view(memcached_result_value(&item), memcached_result_length(&item)));
  }
  memcached_result_free(&item);
  if (memcached_failed(rc) && !is_miss(rc)) {
    give_up("fetch", rc);
    return false;
  }
  return true;
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
          if (flags == value_item) {
            entry = {cache_entry::kind::value, std::string(bytes), 0};
            metrics_.hits.add();
          } else {
            entry = {cache_entry::kind::lease, {}, cas};
            metrics_.misses.add();
          }
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
                       if (flags == value_item) {
                         entry = {cache_entry::kind::value, std::string(bytes), 0};
                       } else {
                         entry = {cache_entry::kind::lease, {}, cas};
                       }
                     }
                   });
}

bool memcached_node::run_fills(const std::deque<fill_item>& fills) {
  for (const auto& item : fills) {
    // Up to a quarter less than the TTL, by key: what was filled together does not expire together.
    const auto ttl = options_.ttl.count();
    const auto jitter =
        static_cast<std::int64_t>(std::hash<std::string>{}(item.key) % static_cast<std::size_t>(ttl / 4 + 1));
    const auto rc = memcached_cas(link_.get(), item.key.data(), item.key.size(), item.bytes.data(),
                                  item.bytes.size(), static_cast<time_t>(ttl - jitter), value_item, item.cas);
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
bool memcached_node::run_invalidations(const std::deque<invalidate_item>& invalidations) {
  if (invalidations.empty()) return true;
  std::unordered_map<std::string_view, std::uint64_t> latest;
  for (const auto& item : invalidations) {
    auto& at = latest[item.key];
    at = std::max(at, item.lsn);
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
  std::size_t seen = 0;
  const bool read =
      multi_get(keys, [&](std::string_view, std::uint64_t, std::uint32_t, std::string_view) { ++seen; });
  if (read && seen != keys.size()) {
    give_up("invalidate", MEMCACHED_NOTSTORED);
    return false;
  }
  return read;
}

}  // namespace linnet::storage
