// What the server counts about itself. Writers bump relaxed atomics, never a lock; a scrape reads them and
// adds up equal series, so each event loop can own its counters.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace linnet {

class counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Counts observations in buckets with fixed upper bounds.
template <std::size_t N>
class histogram {
 public:
  explicit constexpr histogram(const std::array<double, N>& bounds) : bounds_(bounds) {}

  void observe(double value) {
    std::size_t bucket = 0;
    while (bucket < N && value > bounds_[bucket]) ++bucket;
    buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
    // Kept in millionths: atomic addition of integers is wait-free.
    sum_.fetch_add(static_cast<std::uint64_t>(value * 1e6), std::memory_order_relaxed);
  }

  const std::array<double, N>& bounds() const { return bounds_; }
  std::uint64_t in_bucket(std::size_t i) const { return buckets_[i].load(std::memory_order_relaxed); }
  double sum() const { return static_cast<double>(sum_.load(std::memory_order_relaxed)) / 1e6; }

 private:
  const std::array<double, N>& bounds_;
  std::array<std::atomic<std::uint64_t>, N + 1> buckets_{};
  std::atomic<std::uint64_t> sum_{0};
};

inline constexpr std::array<double, 12> latency_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                                       0.01,   0.025,   0.05,   0.1,   0.5,    2.5};
inline constexpr std::array<double, 12> size_bounds{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096};

struct latency_histogram : histogram<12> {
  latency_histogram() : histogram(latency_bounds) {}
  void observe(std::chrono::steady_clock::duration d) {
    histogram::observe(std::chrono::duration<double>(d).count());
  }
};

struct size_histogram : histogram<12> {
  size_histogram() : histogram(size_bounds) {}
};

// Where metrics are announced. A metric must outlive the registry's last scrape.
class metric_registry {
 public:
  using labels = std::map<std::string, std::string>;
  enum class kind { counter, gauge, histogram };
  struct series {
    kind type;
    std::string name;
    std::string help;
    labels tags;
    std::function<double()> value;                // counter and gauge
    const histogram<12>* distribution = nullptr;  // histogram
  };

  void add(std::string name, std::string help, labels tags, const counter& c) {
    add({kind::counter, std::move(name), std::move(help), std::move(tags),
         [&c] { return static_cast<double>(c.value()); }});
  }
  void add(std::string name, std::string help, labels tags, const histogram<12>& h) {
    add({kind::histogram, std::move(name), std::move(help), std::move(tags), {}, &h});
  }
  void add_gauge(std::string name, std::string help, labels tags, std::function<double()> read) {
    add({kind::gauge, std::move(name), std::move(help), std::move(tags), std::move(read)});
  }
  void add_counter(std::string name, std::string help, labels tags, std::function<double()> read) {
    add({kind::counter, std::move(name), std::move(help), std::move(tags), std::move(read)});
  }
  // A setting, for what is to be compared with it.
  void add_constant(std::string name, std::string help, labels tags, std::size_t value) {
    add_gauge(std::move(name), std::move(help), std::move(tags),
              [value] { return static_cast<double>(value); });
  }

  std::vector<series> all() const {
    const std::lock_guard lock(mutex_);
    return series_;
  }

 private:
  void add(series s) {
    const std::lock_guard lock(mutex_);
    series_.push_back(std::move(s));
  }

  mutable std::mutex mutex_;
  std::vector<series> series_;
};

}  // namespace linnet
