// Accepts connections on one event loop. Each loop has a listener of its own on the same port (SO_REUSEPORT),
// so the kernel spreads connections and no two loops share a socket.
#pragma once

#include "http/session.hpp"

namespace linnet::http {

// One of the places that a listener has for connections. Taken when it is made, given back when it is gone.
class connection_place {
 public:
  explicit connection_place(std::atomic<std::size_t>& taken) : taken_(&taken) { ++*taken_; }
  connection_place(connection_place&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  connection_place& operator=(connection_place&&) = delete;
  ~connection_place() {
    if (taken_) --*taken_;
  }

 private:
  std::atomic<std::size_t>* taken_;
};

class listener {
 public:
  // Binds at once; throws boost::system::system_error when the address can't be had.
  listener(event_loop&, const asio::ip::tcp::endpoint&, const session_limits&, std::size_t max_sessions,
           request_handler&);

  void start();
  // On the loop: stops accepting, lets running requests finish and closes idle connections after a grace in
  // which clients may still send on them. The loop runs out of work when the last session ends.
  void drain(std::chrono::milliseconds grace);

  asio::ip::tcp::endpoint local_endpoint() const { return acceptor_.local_endpoint(); }
  std::size_t sessions() const { return open_; }
  bool drained() const { return draining_ && open_ == 0; }

 private:
  awaitable<void> accept_all();
  awaitable<void> serve(tcp_socket, connection_place);
  awaitable<void> sweep();
  void accept_backlog();
  void begin(tcp_socket);

  event_loop& loop_;
  tcp_acceptor acceptor_;
  loop_timer sweep_timer_;
  const session_limits& limits_;
  const std::size_t max_sessions_;
  request_handler& handler_;
  boost::intrusive::list<session, boost::intrusive::constant_time_size<false>> sessions_;
  std::atomic<std::size_t> open_{0};  // read by metrics from other threads
  std::chrono::milliseconds drain_grace_{0};
  session::clock::time_point drain_begin_;
  bool draining_ = false;
};

}  // namespace linnet::http
