// Bounds what the buffers of all connections hold together: requests that have not arrived whole (bodies, and
// what frames their chunks), and answers that nobody reads. A connection has `free_bytes` of its own, which
// is enough for the usual request; what it holds beyond comes out of the budget, and where that is spent it
// has to end.
//
// Any thread.
#pragma once

#include <atomic>
#include <cstddef>

namespace linnet::http {

class buffer_budget {
 public:
  static constexpr std::size_t free_bytes = 8192;

  explicit buffer_budget(std::size_t limit) : limit_(limit) {}

  std::size_t limit() const { return limit_; }
  std::size_t held() const { return held_.load(std::memory_order_relaxed); }

  // What one connection holds of it; nothing any more when it is destroyed.
  class share {
   public:
    explicit share(buffer_budget* whole) : whole_(whole) {}  // null: without bound
    ~share() { hold(0); }
    share(const share&) = delete;
    share& operator=(const share&) = delete;

    // The connection's buffers have this size now. False, and nothing changed, if the budget hasn't so much.
    bool hold(std::size_t bytes) {
      if (!whole_) return true;
      const std::size_t wanted = bytes > free_bytes ? bytes - free_bytes : 0;
      if (wanted > held_) {
        const std::size_t more = wanted - held_;
        if (whole_->held_.fetch_add(more, std::memory_order_relaxed) + more > whole_->limit_) {
          whole_->held_.fetch_sub(more, std::memory_order_relaxed);
          return false;
        }
      } else if (wanted < held_) {
        whole_->held_.fetch_sub(held_ - wanted, std::memory_order_relaxed);
      }
      held_ = wanted;
      return true;
    }

   private:
    buffer_budget* whole_;
    std::size_t held_ = 0;
  };

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> held_{0};
};

}  // namespace linnet::http
