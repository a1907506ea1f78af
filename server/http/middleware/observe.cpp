#include "http/middleware/observe.hpp"

#include <algorithm>

#include "core/log.hpp"

namespace linnet::http {

observer::observer(const router& known, metric_registry& registry, access_log log) : access_log_(log) {
  for (std::size_t i = 0; i <= known.routes().size(); ++i) {
    auto& metrics = *routes_.emplace_back(std::make_unique<route_metrics>());
    const std::string name = i < known.routes().size() ? known.routes()[i]->name : "unknown";
    for (std::size_t s = 0; s < statuses.size() && statuses[s] != 0; ++s) {
      registry.add("linnet_http_requests_total", "Requests answered, by route and status.",
                   {{"route", name}, {"status", std::to_string(statuses[s])}}, metrics.by_status[s]);
    }
    registry.add("linnet_http_request_seconds", "From the parsed request to its response.", {{"route", name}},
                 metrics.latency);
  }
}

void observer::record(const request& r, const route* to, unsigned status,
                      std::chrono::steady_clock::duration took) {
  auto& metrics = *routes_[to ? to->index : routes_.size() - 1];
  const auto known = std::find(statuses.begin(), statuses.end(), status);
  if (known != statuses.end()) metrics.by_status[static_cast<std::size_t>(known - statuses.begin())].add();
  metrics.latency.observe(took);

  const bool all = access_log_ == access_log::all;
  if (access_log_ == access_log::off || (!all && status < 500)) return;
  if (!all && status == 503 && !refusals_.take(std::chrono::steady_clock::now())) return;
  log_event(status >= 500 ? log_level::warning : log_level::info, "request",
            {{"request_id", r.id},
             {"method", std::string(r.method_name)},
             {"path", std::string(r.target.substr(0, r.target.find('?')))},
             {"route", to ? to->name : "unknown"},
             {"status", std::to_string(status)},
             {"user_id", r.viewer ? std::to_string(r.viewer->user) : ""},
             {"client", r.client.to_string()},
             {"microseconds",
              std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(took).count())}});
}

void observer::tell_left_out(std::chrono::steady_clock::time_point now) {
  const auto count = refusals_.left_out(now);
  if (count > 0) log_event(log_level::warning, "refusals left out", {{"left_out", std::to_string(count)}});
}

void observer::log_failure(const request& r, const char* what) const {
  log_event(log_level::error, "request failed",
            {{"request_id", r.id}, {"path", r.path}, {"error", first_line(what)}});
}

}  // namespace linnet::http
