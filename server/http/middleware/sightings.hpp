// What servers say to each other through their clients, so that nobody sees time go back: an answer tells, in
// Linnet-Seen, up to when its server may have shown changes; the client sends that along with its next
// request; a server that hasn't heard of all that yet waits until it has. How it hears of changes is behind
// this interface.
#pragma once

#include <chrono>
#include <string_view>

#include "core/async.hpp"

namespace linnet::http {

class sightings {
 public:
  virtual ~sightings() = default;
  // What an answer may show whose parts were all in memory at that time; at the end of time: of one made now,
  // of whatever. Empty while that can't be told. Good until the next call.
  virtual std::string_view up_to(std::chrono::steady_clock::time_point landed) = 0;
  // Whether a client may have seen what this server hasn't heard of; also of what no server has told.
  virtual bool is_behind(std::string_view seen) const = 0;
  // Returns when it has heard. Throws malformed_request for what no server has told.
  virtual awaitable<void> catch_up(std::string_view seen) = 0;
};

}  // namespace linnet::http
