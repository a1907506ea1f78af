#include "storage/hang_watch.hpp"

#include <sys/socket.h>

#include "core/log.hpp"

namespace linnet::storage {

hang_watch::hang_watch() : thread_([this] { run(); }) {}

hang_watch::~hang_watch() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_one();
  thread_.join();
}

hang_watch::wait::wait(hang_watch& watch, int socket, patience limit) : watch_(watch) {
  const std::lock_guard lock(watch_.mutex_);
  place_ = watch_.waits_.insert(watch_.waits_.end(), {socket, clock::now(), std::move(limit)});
}

hang_watch::wait::~wait() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.waits_.erase(place_);
}

void hang_watch::run() {
  std::unique_lock lock(mutex_);
  auto before = clock::now();
  while (!stopping_.wait_for(lock, tick, [this] { return stopped_; })) {
    const auto now = clock::now();
    leave_out(now - before - tick);
    end_overdue(now);
    before = now;
  }
}

// Of a process that was suspended: what it stood still itself is nobody's silence.
void hang_watch::leave_out(clock::duration still) {
  if (still < tick) return;
  for (auto& w : waits_) w.begin += still;
}

// Under the mutex: whoever waits cannot close the socket meanwhile.
void hang_watch::end_overdue(clock::time_point now) {
  for (auto& w : waits_) {
    if (w.ended || now - w.begin < w.limit()) continue;
    ::shutdown(w.socket, SHUT_RDWR);
    log_event(log_level::warning, "the database does not answer", {});
    w.ended = true;
  }
}

}  // namespace linnet::storage
