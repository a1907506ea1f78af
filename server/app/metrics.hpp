// The metrics of the server in Prometheus' text format.
#pragma once

#include <string>

#include "core/metrics.hpp"

namespace linnet::app {

// Equal series (those of several event loops) are added up.
std::string render_metrics(const metric_registry&);

// What the operating system knows of the process, under the names that all of Prometheus' clients use.
void announce_process(metric_registry&);

}  // namespace linnet::app
