#include "core/log_output.hpp"

#include <algorithm>
#include <climits>

#include <poll.h>
#include <unistd.h>

namespace linnet {

namespace {

bool takes_more(int fd, std::chrono::milliseconds patience) {
  pollfd asked{fd, POLLOUT, 0};
  return poll(&asked, 1, static_cast<int>(patience.count())) == 1 && (asked.revents & POLLOUT) != 0;
}

}  // namespace

void log_output::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!has_room_for(line)) write_kept();
  if (!has_room_for(line)) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  kept_ += line;
  write_kept();
}

void log_output::flush(std::chrono::milliseconds patience) {
  using clock = std::chrono::steady_clock;
  const std::lock_guard lock(mutex_);
  for (const auto end = clock::now() + patience;;) {
    write_kept();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now());
    if (kept_.empty() || left <= left.zero() || !takes_more(fd_, left)) return;
  }
}

bool log_output::has_room_for(std::string_view line) const {
  return kept_.size() - written_ + line.size() <= limit_;
}

void log_output::write_kept() {
  while (written_ < kept_.size() && takes_more(fd_, {})) {
    // No more than whatever is said to take something takes for sure.
    const auto length = std::min<std::size_t>(kept_.size() - written_, PIPE_BUF);
    const auto count = ::write(fd_, kept_.data() + written_, length);
    if (count <= 0) break;  // tried again with the next line
    written_ += static_cast<std::size_t>(count);
  }
  if (written_ * 2 < kept_.size()) return;
  kept_.erase(0, written_);
  written_ = 0;
}

}  // namespace linnet
