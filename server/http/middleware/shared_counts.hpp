// Counts over windows of a minute, shared by the servers; no request waits for that.
//
// A request is decided at once, by what this server counted and what it last heard that the others did. What
// it counted is told to them in the background: its sum so far, when what they don't know of it reaches a
// sixteenth of what is left of the limit, or one. Each exchange brings the sums of all. So nobody is told of
// who stays below a 17th of a limit on each server, and near the limit every request is.
//
// The bound: n servers admit together, of one subject and window, fewer than
//     limit + n * (s + 2 * f),  where s = max(1, limit / 16)
// and f are those that one server admits while one exchange is under way; and never more than n * limit.
// Sums replace each other, so what is told twice, late, or again after a loss is counted once: nobody is
// refused for what wasn't admitted. Where a request counts as several units, f is a number of
// units, and each server may exceed either bound by the units of one request. While nothing can be exchanged,
// each server decides by its own sum and the sums that it heard last.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "core/metrics.hpp"
#include "http/middleware/quota_subject.hpp"

namespace linnet::http {

struct quota_metrics {
  counter shared;  // exchanges that brought the others' sums
  counter failed;
};

class shared_counts {
 public:
  // Appends `record` to what all servers keep under `key`, for `ttl` at least; then calls `heard`, from any
  // thread, with all of it, or with nullopt if that is unknown. Returns false, and calls nothing, if it
  // can't now. Must not block. `key` is printable and has 60 characters at most.
  using heard = std::function<void(std::optional<std::string_view> records)>;
  using exchange = std::function<bool(std::string key, std::string record, std::chrono::seconds ttl, heard)>;

  static constexpr int window_seconds = 60;

  // Without `with_others` this server counts alone. What it calls must end before these counts do.
  explicit shared_counts(quota_metrics&, exchange with_others = {});

  struct standing {
    bool admitted;
    int remaining;
  };
  // Counts a request as `units`, at this second since 1970, unless the limit is reached already. The units
  // may go beyond the limit, which is from 1 to 10^9. Any thread.
  standing count(const quota_subject&, int limit, std::int64_t second, int units = 1);
  // Whether one more would be counted. Any thread; takes no lock in a window in which nobody has reached a
  // limit.
  standing look(const quota_subject&, int limit, std::int64_t second) const;
  // Of the window that was counted in last.
  std::size_t subjects() const;

 private:
  struct tally {
    int own = 0;
    int told = 0;  // of own
    int others = 0;
    bool telling = false;  // an exchange is under way
  };
  struct news {
    quota_subject subject;
    int limit;
    std::int64_t window;
    int own;
  };
  static constexpr std::size_t max_subjects = 1 << 20;

  void note_spent(const tally&, int limit);
  static bool is_due(const tally&, int limit);
  std::optional<news> begin_telling(const quota_subject&, tally&, int limit);
  void tell(const news&);
  void take(const news&, std::optional<std::string_view> records);
  struct sums {
    int own;
    int others;
  };
  sums sums_in(std::string_view records) const;

  quota_metrics& metrics_;
  const exchange with_others_;
  const std::uint32_t server_;  // tells this process's sums from the others'
  mutable std::mutex mutex_;
  std::int64_t window_ = 0;
  std::atomic<std::int64_t> window_of_spent_{-1};  // the last one in which a limit was reached
  std::unordered_map<quota_subject, tally, quota_subject_hash> tallies_;  // the next window starts empty
};

}  // namespace linnet::http
