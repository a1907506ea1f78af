// The whole object graph of a server, and the order in which it goes down.
#pragma once

#include <thread>

#include "app/config.hpp"

namespace linnet::app {

// Serves until SIGTERM or SIGINT, then drains. Returns the exit code.
int run(const config&);

// All routes as JSON: [{"method", "path", "name"}, ...].
std::string routes_json();
// All statements as JSON: {"name": {"types": [...], "sql": ...}, ...}.
std::string statements_json();

}  // namespace linnet::app
