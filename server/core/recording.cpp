#include "core/recording.hpp"

#include <algorithm>

namespace linnet {

thread_local recording* recording::current_ = nullptr;

recording::recording() {
  current_ = this;
}

recording::~recording() {
  if (current_ == this) current_ = nullptr;
}

void recording::note(std::shared_ptr<const currency> it, clock::time_point until, clock::time_point landed) {
  if (!current_) return;
  current_->until_ = std::min(current_->until_, until);
  current_->landed_ = std::max(current_->landed_, landed);
  current_->parts_.push_back(std::move(it));
}

void recording::note_unkept(clock::time_point landed) {
  if (!current_) return;
  current_->landed_ = std::max(current_->landed_, landed);
  current_->keeps_ = false;
}

void recording::spoil() {
  current_ = nullptr;
}

}  // namespace linnet
