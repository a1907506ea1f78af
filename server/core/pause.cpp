#include "core/pause.hpp"

#include <boost/asio/this_coro.hpp>

#include "core/recording.hpp"
#include "core/request_context.hpp"

namespace linnet {

awaitable<void> pause(std::chrono::steady_clock::duration length) {
  recording::spoil();
  const auto context = request_context::current();
  const auto loop = co_await asio::this_coro::executor;
  loop_timer timer(loop, length);
  co_await timer.async_wait(use_awaitable);
  request_context::set(context);
}

}  // namespace linnet
