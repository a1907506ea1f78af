// Ids: users get theirs from the database, tweets and sessions from the server that makes them.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace linnet {

using user_id = std::int32_t;
using tweet_id = std::int64_t;

// Reads a decimal id of 1 to 2^63-1: digits only, no sign, no leading zero, no space.
std::optional<std::int64_t> parse_id(std::string_view text);

// Makes 64-bit ids in order of time, from the high bits down:
//   41 bits  milliseconds since 2026-01-01T00:00:00Z, good until 2095
//   10 bits  node: servers that run at once must not share one
//   12 bits  sequence
// Safe to call from any thread, without locks. Within a process ids strictly increase: where the clock steps
// back, or more than 4,096 ids are asked for in a millisecond, the ids' time runs ahead of the clock until
// that catches up.
class id_generator {
 public:
  static constexpr int max_node = 1023;

  // Throws std::invalid_argument unless node is 0 to max_node. Tests bring a clock of their own.
  explicit id_generator(int node, timestamp (*clock)() = now);

  struct stamp {
    std::int64_t id;
    timestamp at;  // time_of_id(id), so that ordering by id, on whatever node, is ordering by time
  };
  stamp next();
  int node() const { return static_cast<int>(node_); }

 private:
  std::int64_t node_;
  timestamp (*clock_)();
  std::atomic<std::int64_t> last_ = 0;  // milliseconds and sequence of the last id, side by side
};

// The millisecond that an id of id_generator's was made in.
timestamp time_of_id(std::int64_t id);

}  // namespace linnet
