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

// 503 for one whose time is over.
void deadlines::end(const std::shared_ptr<waiter>& late) {
  static const auto expired = std::make_exception_ptr(past_deadline());
  resumptions resumed;
  if (late->set_error(expired)) resumed.add(late);
}

void deadlines::sweep(waiter::clock::time_point now) {
  std::erase_if(waiting_, [&](const std::weak_ptr<waiter>& waiting) {
    const auto left = waiting.lock();
    if (!left || left->settled()) return true;
    if (left->deadline() > now) return false;
    end(left);
    return true;
  });
}

}  // namespace linnet::storage
