#include "storage/memcached_node.hpp"

#include <libmemcached/memcached.h>

#include "core/log.hpp"

namespace linnet::storage {

namespace {

constexpr auto probe_interval = std::chrono::milliseconds(500);
// Times queue_limit. At the start the changes of a minute come at once.
constexpr std::size_t longest_queue = 64;

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
                                std::uint64_t at) {
  // Not shed while the node is down or busy: the worker alone knows whether the node may be trusted
  // afterwards. It gives up a node for which too much waits.
  {
    const std::lock_guard lock(mutex_);
    queued_ += keys.size();
    for (auto& key : keys) waiting_.invalidations.push_back({request, std::move(key), at});
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

bool memcached_node::append(log_record record) {
  if (!up() || queued() > options_.queue_limit) return false;
  {
    const std::lock_guard lock(mutex_);
    ++queued_;
    waiting_.appends.push_back({std::move(record), std::nullopt});
  }
  ready_.notify_one();
  return true;
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
  move_some(waiting_.appends, load.appends);
  return load;
}

// Invalidations first: a get of the same turn must not see what they void. What no request waits for last.
void memcached_node::run(work_load& load) {
  metrics_.batch_size.observe(static_cast<double>(load.size()));
  if (up() && queued() > longest_queue * options_.queue_limit) give_up("a growing queue", MEMCACHED_TIMEOUT);
  bool healthy = up() || (waiter::clock::now() >= retry_at_ && probe());
  healthy = healthy && open();
  healthy = healthy && run_invalidations(load.invalidations, load.appends);
  for (auto& item : load.invalidations) item.request->part_done(healthy);
  healthy = healthy && run_gets(load.gets);
  {
    resumptions resumed;
    for (auto& item : load.gets) item.request->part_done(1, resumed);
  }
  healthy = healthy && run_fills(load.fills);
  if (healthy && load.invalidations.empty()) run_appends(load.appends);
  for (auto& item : load.appends) item.record.then(item.log);
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

bool memcached_node::multi_get(const std::vector<const std::string*>& keys, const found& each) {
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
    each(std::string_view(memcached_result_key_value(&item), memcached_result_key_length(&item)),
         memcached_result_cas(&item), memcached_result_flags(&item),
         std::string_view(memcached_result_value(&item), memcached_result_length(&item)));
  }
  memcached_result_free(&item);
  if (memcached_failed(rc) && rc != MEMCACHED_NOTFOUND && rc != MEMCACHED_END) {
    give_up("fetch", rc);
    return false;
  }
  return true;
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

}  // namespace linnet::storage
