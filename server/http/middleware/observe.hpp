// Counts, times and logs each request; where only errors are logged, of those refused a hundred a second, and
// how many more there were. One per event loop.
#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "core/log_allowance.hpp"
#include "core/metrics.hpp"
#include "http/router.hpp"

namespace linnet::http {

enum class access_log { off, errors, all };

class observer {
 public:
  observer(const router&, metric_registry&, access_log);

  // `to` is null when no route was found.
  void record(const request&, const route* to, unsigned status, std::chrono::steady_clock::duration took);
  // To be called several times a second.
  void tell_left_out(std::chrono::steady_clock::time_point now);
  void log_failure(const request&, const char* what) const;

 private:
  static constexpr std::array<unsigned, 22> statuses{200, 201, 204, 304, 400, 401, 403, 404, 405, 408, 409,
                                                     412, 413, 414, 415, 422, 429, 431, 500, 503, 0,   0};
  struct route_metrics {
    std::array<counter, statuses.size()> by_status;
    latency_histogram latency;
  };
  std::vector<std::unique_ptr<route_metrics>> routes_;  // by route::index; the last is for unknown routes
  access_log access_log_;
  log_allowance refusals_{100};
};

}  // namespace linnet::http
