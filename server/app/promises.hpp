// What the settings promise together, looked at before anything is started: a server that can't keep it
// doesn't begin.
#pragma once

#include <stdexcept>

#include "app/config.hpp"

namespace linnet::app {

// As the settings say, or one for each core.
unsigned event_loops(const config&);

// How many of --max-connections one event loop takes: they are divided among all.
std::size_t connections_of_loop(const config&, unsigned which);

// Descriptors of a server that has all of its connections.
std::size_t descriptors_needed(const config&);

// Settings with which the server can't start, however often it is tried. Says what to do.
struct wrong_setting : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Raises the limit of descriptors to what is needed. Throws wrong_setting when the limit can't be raised so
// far or an event loop would have no connection.
void see_to_promises(const config&);

}  // namespace linnet::app
