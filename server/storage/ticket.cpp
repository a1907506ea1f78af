#include "storage/ticket.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace linnet::storage {

resumptions::~resumptions() {
  const auto by_loop = [](const auto& a, const auto& b) {
    return &a->loop().context() < &b->loop().context();
  };
  std::stable_sort(settled_.begin(), settled_.end(), by_loop);
  for (auto first = settled_.begin(); first != settled_.end();) {
    const auto last =
        std::find_if(first, settled_.end(), [&](const auto& w) { return w->loop() != (*first)->loop(); });
    const auto loop = (*first)->loop();
    asio::post(loop, [group = std::vector(std::make_move_iterator(first), std::make_move_iterator(last))] {
      for (const auto& w : group) w->resume();
    });
    first = last;
  }
}

void deadlines::sweep(waiter::clock::time_point now) {
  static const auto expired =
      std::make_exception_ptr(problem(problem_type::unavailable, "The request could not be served in time."));
  resumptions resumed;
  while (!waiting_.empty()) {
    const auto front = waiting_.front().lock();
    if (front && !front->settled()) {
      if (front->deadline() > now) return;
      if (front->set_error(expired)) resumed.add(front);
    }
    waiting_.pop_front();
  }
}

}  // namespace linnet::storage
