#include "http/listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <sys/socket.h>

#include "http/date_cache.hpp"

namespace linnet::http {

namespace {

constexpr auto sweep_interval = std::chrono::milliseconds(100);
constexpr auto out_of_files_pause = std::chrono::milliseconds(50);

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

}  // namespace

listener::listener(event_loop& loop, const asio::ip::tcp::endpoint& endpoint, const session_limits& limits,
                   std::size_t max_sessions, request_handler& handler)
    : loop_(loop),
      acceptor_(loop),
      sweep_timer_(loop),
      limits_(limits),
      max_sessions_(max_sessions),
      handler_(handler) {
  acceptor_.open(endpoint.protocol());
  acceptor_.set_option(tcp_acceptor::reuse_address(true));
  acceptor_.set_option(reuse_port(true));
  acceptor_.bind(endpoint);
  acceptor_.listen(asio::socket_base::max_listen_connections);
}

void listener::start() {
  asio::co_spawn(loop_, accept_all(), asio::detached);
  asio::co_spawn(loop_, sweep(), asio::detached);
}

awaitable<void> listener::accept_all() {
  while (acceptor_.is_open()) {
    tcp_socket socket(loop_);
    const auto [ec] = co_await acceptor_.async_accept(socket, asio::as_tuple(use_awaitable));
    if (!ec) {
      begin(std::move(socket));
    } else if (ec != asio::error::operation_aborted) {
      // Out of files or memory: give sessions a moment to end instead of spinning.
      loop_timer pause(loop_, out_of_files_pause);
      co_await pause.async_wait(asio::as_tuple(use_awaitable));
    }
  }
}

void listener::begin(tcp_socket socket) {
  if (open_ >= max_sessions_) {
    request nothing;
    nothing.path = "/";
    const problem busy(problem_type::overloaded, "The server has as many connections as it can take.");
    std::string answer;
    append_response(answer, handler_.refuse(busy, nothing), nothing, current_date(), false);
    boost::system::error_code ec;
    socket.non_blocking(true, ec);
    socket.write_some(asio::buffer(answer), ec);
    socket.shutdown(tcp_socket::shutdown_send, ec);
    return;
  }
  asio::co_spawn(loop_, serve(std::move(socket), connection_place(open_)), asio::detached);
}

awaitable<void> listener::serve(tcp_socket socket, connection_place /*held until the connection ends*/) {
  session connection(std::move(socket), limits_, handler_);
  sessions_.push_back(connection);
  co_await connection.run();
}

awaitable<void> listener::sweep() {
  while (!draining_ || open_ > 0) {
    sweep_timer_.expires_after(sweep_interval);
    co_await sweep_timer_.async_wait(asio::as_tuple(use_awaitable));
    const auto now = session::clock::now();
    for (auto& connection : sessions_) {
      if (draining_) connection.drain(now, drain_begin_ + drain_grace_);
      connection.check_deadline(now);
    }
  }
}

void listener::drain(std::chrono::milliseconds grace) {
  drain_grace_ = grace;
  drain_begin_ = session::clock::now();
  draining_ = true;
  accept_backlog();
  boost::system::error_code ec;
  acceptor_.close(ec);
}

// Connections that the kernel already took for us would be reset by closing the acceptor.
void listener::accept_backlog() {
  boost::system::error_code ec;
  acceptor_.non_blocking(true, ec);
  for (;;) {
    tcp_socket socket(loop_);
    acceptor_.accept(socket, ec);
    if (ec) return;
    begin(std::move(socket));
  }
}

}  // namespace linnet::http
