#include "http/middleware/shared_counts.hpp"

#include <algorithm>
#include <cstring>
#include <random>

#include <fmt/format.h>

namespace linnet::http {

namespace {

constexpr std::uint64_t most = 1'000'000'000;

// Past the window for servers whose clocks are behind.
constexpr auto kept_for = std::chrono::seconds(2 * shared_counts::window_seconds);

struct record {
  std::uint32_t server;
  std::uint32_t sum;
};

}  // namespace

shared_counts::shared_counts(quota_metrics& metrics, exchange with_others)
    : metrics_(metrics), with_others_(std::move(with_others)), server_(std::random_device{}()) {}

shared_counts::standing shared_counts::count(const quota_subject& subject, int limit, std::int64_t second,
                                             int units) {
  std::optional<news> due;
  standing result{true, limit};
  {
    const std::lock_guard lock(mutex_);
    if (second / window_seconds != window_) {
      window_ = second / window_seconds;
      tallies_.clear();
    }
    auto found = tallies_.find(subject);
    if (found == tallies_.end()) {
      // With the table full, unknown subjects go uncounted: a flood of addresses must not lock everybody out.
      if (tallies_.size() >= max_subjects) return result;
      found = tallies_.emplace(subject, tally{}).first;
    }
    tally& t = found->second;
    if (t.own + t.others >= limit) return {false, 0};
    t.own += units;
    result.remaining = std::max(0, limit - t.own - t.others);
    note_spent(t, limit);
    due = begin_telling(subject, t, limit);
  }
  if (due) tell(*due);
  return result;
}

shared_counts::standing shared_counts::look(const quota_subject& subject, int limit,
                                            std::int64_t second) const {
  const auto window = second / window_seconds;
  if (window_of_spent_.load(std::memory_order_relaxed) != window) return {true, limit};
  const std::lock_guard lock(mutex_);
  const auto found = tallies_.find(subject);
  if (window_ != window || found == tallies_.end()) return {true, limit};
  const int left = limit - found->second.own - found->second.others;
  return {left > 0, std::max(0, left)};
}

std::size_t shared_counts::subjects() const {
  const std::lock_guard lock(mutex_);
  return tallies_.size();
}

void shared_counts::note_spent(const tally& t, int limit) {
  if (t.own + t.others >= limit) window_of_spent_.store(window_, std::memory_order_relaxed);
}

bool shared_counts::is_due(const tally& t, int limit) {
  return t.own - t.told >= std::max(1, (limit - t.own - t.others) / 16);
}

std::optional<shared_counts::news> shared_counts::begin_telling(const quota_subject& subject, tally& t,
                                                                int limit) {
  if (!with_others_ || t.telling || !is_due(t, limit)) return std::nullopt;
  t.telling = true;
  return news{subject, limit, window_, t.own};
}

void shared_counts::tell(const news& n) {
  const record mine{server_, static_cast<std::uint32_t>(n.own)};
  std::string bytes(reinterpret_cast<const char*>(&mine), sizeof mine);
  const bool under_way =
      with_others_(fmt::format("q{:x}.{}", n.window, n.subject.text()), std::move(bytes), kept_for,
                   [this, n](std::optional<std::string_view> records) { take(n, records); });
  if (!under_way) take(n, std::nullopt);
}

// Told again at once only after success: what fails waits for the next request.
void shared_counts::take(const news& n, std::optional<std::string_view> records) {
  const sums known = records ? sums_in(*records) : sums{0, 0};
  const bool shared = known.own >= n.own;
  (shared ? metrics_.shared : metrics_.failed).add();
  std::optional<news> due;
  {
    const std::lock_guard lock(mutex_);
    const auto found = tallies_.find(n.subject);
    if (n.window != window_ || found == tallies_.end()) return;
    tally& t = found->second;
    t.telling = false;
    t.others = std::max(t.others, known.others);  // they counted no fewer since: if so, something was lost
    note_spent(t, n.limit);
    if (shared) {
      t.told = n.own;
      due = begin_telling(n.subject, t, n.limit);
    }
  }
  if (due) tell(*due);
}

// Of each server the most that it told: its sums only grow.
shared_counts::sums shared_counts::sums_in(std::string_view records) const {
  std::unordered_map<std::uint32_t, std::uint32_t> told;
  for (; records.size() >= sizeof(record); records.remove_prefix(sizeof(record))) {
    record next;
    std::memcpy(&next, records.data(), sizeof next);
    auto& sum = told[next.server];
    sum = std::max(sum, next.sum);
  }
  std::uint64_t total = 0;
  for (const auto& [server, sum] : told) total += sum;
  const std::uint64_t own = told[server_];
  return {static_cast<int>(std::min(own, most)), static_cast<int>(std::min(total - own, most))};
}

}  // namespace linnet::http
