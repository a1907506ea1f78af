#include "http/turns.hpp"

#include <boost/asio/post.hpp>

#include "core/problem.hpp"
#include "core/request_context.hpp"

namespace linnet::http {

awaitable<void> turns::wait() {
  const auto context = request_context::current();
  const auto begin = [this](handler resume) {
    line_.push_back(std::move(resume));
    ++waiting_;
    if (!std::exchange(taking_, true)) asio::post(loop_, [this] { take_a_few(); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<loop_executor>, void()>(begin, use_awaitable);
  request_context::set(context);
  if (context.deadline && std::chrono::steady_clock::now() >= *context.deadline) throw past_deadline();
}

void turns::take_a_few() {
  for (std::size_t taken = 0; taken < few && !line_.empty(); ++taken) {
    handler next = std::move(line_.front());
    line_.pop_front();
    --waiting_;
    std::move(next)();
  }
  taking_ = !line_.empty();
  if (taking_) asio::post(loop_, [this] { take_a_few(); });  // behind the loop's look at its sockets
}

}  // namespace linnet::http
