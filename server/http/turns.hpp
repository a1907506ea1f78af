// Keeps an event loop that thousands of clients ask at once in touch with its databases. Asio serves sockets
// in the order in which they became ready, so an answer of PostgreSQL would wait behind every request that
// came in before it. In a crowd, requests therefore stand in line, in the order of their arrival, and the
// loop takes a few of them between two looks at its sockets.
//
// One for each event loop; not thread-safe.
#pragma once

#include <atomic>
#include <deque>

#include "core/async.hpp"

namespace linnet::http {

class turns {
 public:
  static constexpr std::size_t crowd = 256;  // under way, beyond which others stand in line
  static constexpr std::size_t few = 32;     // taken at a time

  // Of a request that is under way.
  class place {
   public:
    explicit place(turns& t) : turns_(t) { ++turns_.under_way_; }
    ~place() { --turns_.under_way_; }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

   private:
    turns& turns_;
  };

  explicit turns(event_loop& loop) : loop_(loop) {}

  bool is_crowded() const { return under_way_ >= crowd || waiting() != 0; }
  // To the end of the line, until it is the caller's turn. Throws problem: unavailable, if the request's
  // deadline has passed by then.
  awaitable<void> wait();
  // In line. Any thread.
  std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }

 private:
  using handler = asio::async_result<asio::use_awaitable_t<loop_executor>, void()>::handler_type;

  void take_a_few();

  event_loop& loop_;
  std::deque<handler> line_;
  std::atomic<std::size_t> waiting_{0};
  std::size_t under_way_ = 0;
  bool taking_ = false;
};

}  // namespace linnet::http
