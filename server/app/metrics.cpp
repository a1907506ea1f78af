#include "app/metrics.hpp"

#include <ctime>
#include <fstream>
#include <limits>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include "core/time.hpp"

namespace linnet::app {

namespace {

prometheus::MetricType type_of(metric_registry::kind k) {
  switch (k) {
    case metric_registry::kind::counter:
      return prometheus::MetricType::Counter;
    case metric_registry::kind::gauge:
      return prometheus::MetricType::Gauge;
    case metric_registry::kind::histogram:
      break;
  }
  return prometheus::MetricType::Histogram;
}

void add_distribution(prometheus::ClientMetric::Histogram& sum, const histogram<12>& h) {
  const std::size_t count = h.bounds().size() + 1;
  if (sum.bucket.empty()) {
    for (std::size_t i = 0; i < count; ++i) {
      const double bound = i + 1 < count ? h.bounds()[i] : std::numeric_limits<double>::infinity();
      sum.bucket.push_back({0, bound});
    }
  }
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < count; ++i) {
    cumulative += h.in_bucket(i);
    sum.bucket[i].cumulative_count += cumulative;
  }
  sum.sample_count += cumulative;
  sum.sample_sum += h.sum();
}

}  // namespace

std::string render_metrics(const metric_registry& registry) {
  std::map<std::string, prometheus::MetricFamily> families;
  std::map<std::pair<std::string, metric_registry::labels>, prometheus::ClientMetric> sums;
  for (const auto& series : registry.all()) {
    auto& family = families[series.name];
    family.name = series.name;
    family.help = series.help;
    family.type = type_of(series.type);
    auto& sum = sums[{series.name, series.tags}];
    switch (series.type) {
      case metric_registry::kind::counter:
        sum.counter.value += series.value();
        break;
      case metric_registry::kind::gauge:
        sum.gauge.value += series.value();
        break;
      case metric_registry::kind::histogram:
        add_distribution(sum.histogram, *series.distribution);
        break;
    }
  }
  for (auto& [key, metric] : sums) {
    for (const auto& [name, value] : key.second) metric.label.push_back({name, value});
    families[key.first].metric.push_back(std::move(metric));
  }
  std::vector<prometheus::MetricFamily> all;
  for (auto& [name, family] : families) all.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(all);
}

void announce_process(metric_registry& metrics) {
  const double begin = static_cast<double>(to_unix_micros(now())) / 1e6;
  metrics.add_gauge("process_start_time_seconds", "When it began, in seconds since 1970.", {},
                    [begin] { return begin; });
  metrics.add_counter("process_cpu_seconds_total", "User and system time of all threads.", {},
                      [] { return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC); });
  metrics.add_gauge("process_resident_memory_bytes", "What it has in memory.", {}, [] {
    double total = 0, resident = 0;  // pages
    std::ifstream("/proc/self/statm") >> total >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
  });
}

}  // namespace linnet::app
