#include "storage/change_feed.hpp"

#include <algorithm>

#include <boost/asio/this_coro.hpp>
#include <sodium/utils.h>

#include "core/log.hpp"

namespace linnet::storage {

namespace {

constexpr auto poll_interval = std::chrono::milliseconds(50);
constexpr auto reconnect_pause = std::chrono::milliseconds(250);
constexpr auto unanswered_limit = std::chrono::seconds(2);
// Rows are there for longer than anybody goes without an answer and still reads on.
constexpr auto patience = std::chrono::seconds(20);
constexpr auto remembered = std::chrono::seconds(60);
constexpr auto clearing_interval = std::chrono::seconds(5);

std::string from_hex(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(),
                 nullptr, nullptr, nullptr);
  return bytes;
}

}  // namespace

change_feed::change_feed(const connector& c, local_cache& memory, memcached& cache,
                         answered_batches& answered, int node)
    : connector_(c), memory_(memory), cache_(cache), answered_(answered), node_(node) {}

change_feed::~change_feed() {
  stop();
}

void change_feed::start() {
  thread_ = std::thread([this] { run(); });
}

void change_feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::chrono::steady_clock::duration change_feed::lag() const {
  return clock::now() - clock::time_point(clock::duration(confirmed_.load(std::memory_order_acquire)));
}

bool change_feed::primary_answers() const {
  return lag() < unanswered_limit;
}

awaitable<void> change_feed::take_effect() {
  const auto loop = co_await asio::this_coro::executor;
  loop_timer timer(loop, lease);
  co_await timer.async_wait(use_awaitable);
}

void change_feed::run() {
  for (bool failing = false; !pause(std::chrono::milliseconds(0));) {
    try {
      const auto link = connector_.connect();
      failing = false;
      follow(*link);
    } catch (const std::exception& e) {
      if (!failing)
        log_event(log_level::warning, "changes are not followed", {{"error", first_line(e.what())}});
      failing = true;
    }
    if (pause(reconnect_pause)) return;
  }
}

void change_feed::follow(pqxx::connection& link) {
  auto asked = clock::now();
  next_ = pqxx::nontransaction(link)
              .exec1("SELECT pg_snapshot_xmin(pg_current_snapshot())")[0]
              .as<std::uint64_t>();
  heard_.clear();
  past_.clear();
  void_remains(link);
  // What came into memory while nobody listened may have changed unheard.
  memory_.invalidate_all();
  confirm(asked);
  while (!pause(poll_interval)) {
    asked = clock::now();
    poll(link);
    if (clock::now() - asked > patience) return;
    confirm(asked);
    forget_old(link);
  }
}

void change_feed::poll(pqxx::connection& link) {
  pqxx::nontransaction tx(link);
  for (const auto& row : execute(tx, cache_changes_since, std::to_string(next_))) {
    next_ = row[3].as<transaction_number>();
    const bool news = !row[0].is_null() && heard_.insert(row[0].as<transaction_number>()).second;
    if (news) take_up(row);
  }
  heard_.erase(heard_.begin(), heard_.lower_bound(next_));
}

void change_feed::take_up(const pqxx::row& row) {
  const auto by = batch_id::from(row[1].as<int>());
  const bool own = by.node == node_;
  if (own && answered_.take(by.number)) return;
  const auto keys = decode_changes(from_hex(row[2].c_str()));
  for (const auto& key : keys) memory_.invalidate_told(key);
  if (own) cache_.invalidate(keys);
}

// All that was changed in the last minute, by whomever.
void change_feed::void_remains(pqxx::connection& link) {
  changes keys;
  pqxx::nontransaction tx(link);
  for (const auto& row : execute(tx, cache_changes_since, "0")) {
    if (row[0].is_null()) continue;
    const auto more = decode_changes(from_hex(row[2].c_str()));
    keys.insert(keys.end(), more.begin(), more.end());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  cache_.invalidate(keys);
}

void change_feed::forget_old(pqxx::connection& link) {
  const auto now = clock::now();
  if (past_.empty() || now - past_.back().first > clearing_interval) past_.emplace_back(now, next_);
  if (now - past_.front().first < remembered) return;
  pqxx::nontransaction tx(link);
  execute(tx, forget_cache_changes, std::to_string(past_.front().second));
  past_.pop_front();
}

void change_feed::confirm(clock::time_point asked) {
  confirmed_.store(asked.time_since_epoch().count(), std::memory_order_release);
  memory_.told_until(asked + lease);
}

// True when it is time to stop.
bool change_feed::pause(clock::duration length) {
  std::unique_lock lock(mutex_);
  return stopping_.wait_for(lock, length, [this] { return stopped_; });
}

}  // namespace linnet::storage
