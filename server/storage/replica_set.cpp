#include "storage/replica_set.hpp"

#include <algorithm>
#include <bit>

#include "core/log.hpp"
#include "core/pause.hpp"

namespace linnet::storage {

namespace {

constexpr auto unanswered_limit = std::chrono::seconds(2);
constexpr auto primary_wait = std::chrono::seconds(1);
constexpr auto primary_pause = std::chrono::milliseconds(5);
constexpr auto history = std::chrono::seconds(60);

// A conninfo without what must not be shown: for metrics and logs.
std::string name_of(const std::string& conninfo) {
  const auto value = [&](const std::string& key) {
    const auto at = conninfo.find(key + "=");
    if (at == std::string::npos) return std::string();
    const auto begin = at + key.size() + 1;
    return conninfo.substr(begin, conninfo.find(' ', begin) - begin);
  };
  std::string host = value("host");
  std::erase(host, '\'');
  return host + ":" + value("port");
}

}  // namespace

replica_set::replica_set(const std::vector<std::string>& conninfos, statements prepared,
                         std::chrono::milliseconds statement_timeout) {
  for (const auto& conninfo : conninfos) {
    replicas_.push_back(std::make_unique<replica>(
        name_of(conninfo), conninfo + " target_session_attrs=standby", prepared, statement_timeout));
  }
}

void replica_set::primary_said(clock::time_point asked, lsn flushed) {
  {
    const std::lock_guard lock(mutex_);
    primary_was_at_.emplace_back(asked, flushed);
    while (primary_was_at_.front().first < asked - history) primary_was_at_.pop_front();
    primary_asked_.store(asked.time_since_epoch().count(), std::memory_order_release);
    primary_failed_.store(false, std::memory_order_release);
    silence_met_.store(0, std::memory_order_release);
  }
  review(asked);
}

bool replica_set::primary_answers(clock::time_point now) const {
  return since_primary(now) < unanswered_limit;
}

awaitable<bool> replica_set::primary_answers_soon() {
  for (auto now = clock::now(); !primary_answers(now); now = clock::now()) {
    clock::rep met = 0;
    silence_met_.compare_exchange_strong(met, now.time_since_epoch().count(), std::memory_order_acq_rel);
    const bool met_long_ago = met != 0 && now - clock::time_point(clock::duration(met)) > primary_wait;
    if (primary_failed_.load(std::memory_order_acquire) || met_long_ago) co_return false;
    co_await pause(primary_pause);
  }
  co_return true;
}

replica_set::clock::duration replica_set::since_primary(clock::time_point now) const {
  return now - clock::time_point(clock::duration(primary_asked_.load(std::memory_order_acquire)));
}

void replica_set::review(clock::time_point now) {
  if (replicas_.empty()) return;
  const std::lock_guard lock(mutex_);
  const lsn required = primary_answers(now) ? flushed_before(now - lag_limit) : 0;
  all_have_.store(required, std::memory_order_release);
  const mask usable = usable_now(now, required);
  if (usable != wanted_) {
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      if (((usable ^ wanted_) >> i & 1) == 0) continue;
      log_event(log_level::info, usable >> i & 1 ? "replica is read from" : "replica is not read from",
                {{"replica", replicas_[i]->name}});
    }
    wanted_ = usable;
    wanted_since_ = now;
    active_.store(0, std::memory_order_release);
  }
  const clock::time_point asked{clock::duration(primary_asked_.load(std::memory_order_acquire))};
  if (asked > wanted_since_ || !primary_answers(now)) active_.store(wanted_, std::memory_order_release);
}

// While the primary is away nobody can be behind it: what was heard of it is asked for by object.
replica_set::mask replica_set::usable_now(clock::time_point now, lsn required) const {
  mask usable = 0;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    const auto& r = *replicas_[i];
    const clock::time_point heard{clock::duration(r.heard_at.load(std::memory_order_acquire))};
    const bool answers = heard.time_since_epoch().count() != 0 && now - heard < silence_limit;
    if (answers && r.replayed.load(std::memory_order_acquire) >= required) usable |= mask{1} << i;
  }
  return usable;
}

lsn replica_set::flushed_before(clock::time_point moment) const {
  lsn flushed = 0;
  for (const auto& [asked, at] : primary_was_at_) {
    if (asked > moment) break;
    flushed = at;
  }
  return flushed;
}

int replica_set::reader_of(const cache_key& key) const {
  mask usable = active_.load(std::memory_order_acquire);
  if (usable == 0) return -1;
  for (auto skip = cache_key_hash{}(key) % static_cast<std::size_t>(std::popcount(usable)); skip > 0; --skip)
    usable &= usable - 1;
  return std::countr_zero(usable);
}

std::chrono::duration<double> replica_set::lag(std::size_t at) const {
  const lsn replayed = replicas_[at]->replayed.load(std::memory_order_acquire);
  const std::lock_guard lock(mutex_);
  const auto behind = std::find_if(primary_was_at_.begin(), primary_was_at_.end(),
                                   [&](const auto& said) { return said.second > replayed; });
  if (behind == primary_was_at_.end()) return {};
  return clock::now() - behind->first;
}

}  // namespace linnet::storage
