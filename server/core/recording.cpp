#include "core/recording.hpp"

namespace linnet {

thread_local recording* recording::current_ = nullptr;

recording::recording() {
  current_ = this;
}

recording::~recording() {
  if (current_ == this) current_ = nullptr;
}

void recording::keep(std::shared_ptr<const currency> it, clock::time_point until) {
  if (!keeps()) return;
  current_->until_ = std::min(current_->until_, until);
  current_->parts_.push_back(std::move(it));
}

void recording::spoil() {
  current_ = nullptr;
}

}  // namespace linnet
