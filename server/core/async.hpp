// The coroutine vocabulary of the server: every coroutine runs on one event loop, whose concrete executor
// type is fixed here so that Asio need not erase it.
#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace linnet {

namespace asio = boost::asio;

using event_loop = asio::io_context;
using loop_executor = event_loop::executor_type;

template <class T = void>
using awaitable = asio::awaitable<T, loop_executor>;

inline constexpr asio::use_awaitable_t<loop_executor> use_awaitable{};

using loop_timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                              asio::wait_traits<std::chrono::steady_clock>, loop_executor>;
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, loop_executor>;
using tcp_acceptor = asio::basic_socket_acceptor<asio::ip::tcp, loop_executor>;

}  // namespace linnet
