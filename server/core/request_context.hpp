// The request that this thread works on right now: until when it has to be answered, all its waits together,
// and what it has cost the database so far.
//
// A coroutine that waits takes its context along (see storage/ticket.hpp), since others run meanwhile.
#pragma once

#include <chrono>
#include <optional>

namespace linnet {

struct request_context {
  using time_point = std::chrono::steady_clock::time_point;

  std::optional<time_point> deadline = std::nullopt;  // nullopt: what runs is no request
  int database_cost = 0;                              // see charge()

  static const request_context& current() { return current_; }
  static void set(const request_context& c) { current_ = c; }
  // A unit is what the database does for one object that it looks up.
  static void charge(int units) { current_.database_cost += units; }

 private:
  static thread_local request_context current_;
};

inline thread_local request_context request_context::current_;

}  // namespace linnet
