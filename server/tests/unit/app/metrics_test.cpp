#include "app/metrics.hpp"

#include <catch2/catch.hpp>

namespace linnet::app {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("equal series of several loops are added up", "[metrics]") {
  metric_registry registry;
  counter one, two, other;
  one.add(3);
  two.add(4);
  other.add(10);
  registry.add("requests_total", "Requests.", {{"route", "a"}}, one);
  registry.add("requests_total", "Requests.", {{"route", "a"}}, two);
  registry.add("requests_total", "Requests.", {{"route", "b"}}, other);
  registry.add_gauge("waiting", "Waiting now.", {}, [] { return 1.5; });
  registry.add_gauge("waiting", "Waiting now.", {}, [] { return 2.0; });
  const auto text = render_metrics(registry);
  CHECK(has_line(text, "# HELP requests_total Requests."));
  CHECK(has_line(text, "# TYPE requests_total counter"));
  CHECK(has_line(text, "requests_total{route=\"a\"} 7"));
  CHECK(has_line(text, "requests_total{route=\"b\"} 10"));
  CHECK(has_line(text, "# TYPE waiting gauge"));
  CHECK(has_line(text, "waiting 3.5"));
  CHECK(text.find("# TYPE requests_total") == text.rfind("# TYPE requests_total"));
}

TEST_CASE("distributions are added up by bucket, cumulatively", "[metrics]") {
  metric_registry registry;
  size_histogram one, two;
  for (const double size : {1.0, 2.0, 3.0}) one.observe(size);
  two.observe(3);
  two.observe(5000);
  registry.add("batch", "Sizes.", {}, one);
  registry.add("batch", "Sizes.", {}, two);
  const auto text = render_metrics(registry);
  CHECK(has_line(text, "# TYPE batch histogram"));
  CHECK(has_line(text, "batch_count 5"));
  CHECK(has_line(text, "batch_sum 5009"));
  CHECK(has_line(text, "batch_bucket{le=\"1\"} 1"));
  CHECK(has_line(text, "batch_bucket{le=\"2\"} 2"));
  CHECK(has_line(text, "batch_bucket{le=\"4\"} 4"));
  CHECK(has_line(text, "batch_bucket{le=\"4096\"} 4"));
  CHECK(has_line(text, "batch_bucket{le=\"+Inf\"} 5"));
}

TEST_CASE("values are read when asked for", "[metrics]") {
  metric_registry registry;
  counter c;
  registry.add("c_total", "C.", {}, c);
  CHECK(has_line(render_metrics(registry), "c_total 0"));
  c.add();
  CHECK(has_line(render_metrics(registry), "c_total 1"));
  CHECK(render_metrics(metric_registry()).empty());
}

TEST_CASE("settings are there to be compared with, and add up over the loops", "[metrics]") {
  metric_registry registry;
  for (int loop = 0; loop < 2; ++loop) registry.add_constant("limit", "L.", {{"queue", "a"}}, 4096);
  CHECK(has_line(render_metrics(registry), "limit{queue=\"a\"} 8192"));
}

TEST_CASE("the process tells when it began and what it uses", "[metrics]") {
  metric_registry registry;
  announce_process(registry);
  const auto text = render_metrics(registry);
  CHECK(has_line(text, "# TYPE process_start_time_seconds gauge"));
  CHECK(has_line(text, "# TYPE process_cpu_seconds_total counter"));
  CHECK(has_line(text, "# TYPE process_resident_memory_bytes gauge"));
  for (const auto& series : registry.all()) CHECK(series.value() > 0);
}

TEST_CASE("latencies are counted in seconds", "[metrics]") {
  metric_registry registry;
  latency_histogram h;
  h.observe(std::chrono::milliseconds(3));
  registry.add("seconds", "S.", {{"route", "a"}}, h);
  const auto text = render_metrics(registry);
  CHECK(has_line(text, "seconds_bucket{route=\"a\",le=\"0.0025\"} 0"));
  CHECK(has_line(text, "seconds_bucket{route=\"a\",le=\"0.005\"} 1"));
  CHECK(has_line(text, "seconds_sum{route=\"a\"} 0.003"));
}

}  // namespace linnet::app
