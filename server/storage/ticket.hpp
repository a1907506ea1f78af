// How a coroutine waits for an outcome that another thread, or a later turn of its loop, delivers: it leaves
// a ticket. Exactly one of value, error and deadline settles a ticket; its coroutine always resumes on its
// own loop.
//
// A ticket that is lost, so that nobody can resume its coroutine any more, is a mistake of the server. A
// debug build aborts there; a release build throws std::logic_error in the coroutine, whose request becomes a
// 500.
#pragma once

#include <atomic>
#include <cassert>
#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include <boost/asio/post.hpp>

#include "core/async.hpp"
#include "core/problem.hpp"
#include "core/recording.hpp"
#include "core/request_context.hpp"

namespace linnet::storage {

class waiter {
 public:
  using clock = std::chrono::steady_clock;

  waiter(loop_executor loop, clock::time_point deadline) : loop_(loop), deadline_(deadline) {}
  virtual ~waiter() = default;
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  const loop_executor& loop() const { return loop_; }
  clock::time_point deadline() const { return deadline_; }
  bool settled() const { return settled_.load(std::memory_order_acquire); }

  // False when the ticket was settled before. The one who settles a ticket sees to its resumption.
  virtual bool set_error(std::exception_ptr) = 0;
  // On the loop, once, after settling.
  virtual void resume() = 0;

 protected:
  bool claim() { return !settled_.exchange(true, std::memory_order_acq_rel); }

 private:
  loop_executor loop_;
  clock::time_point deadline_;
  std::atomic<bool> settled_{false};
};

template <class T>
class ticket final : public waiter {
 public:
  using handler_type = typename asio::async_result<asio::use_awaitable_t<loop_executor>,
                                                   void(std::exception_ptr, T)>::handler_type;

  ticket(handler_type handler, loop_executor loop, clock::time_point deadline)
      : waiter(loop, deadline), handler_(std::move(handler)) {}
  ~ticket() override {
    const bool lost = handler_ && !loop().context().stopped();
    assert(!lost);
    if (lost) fail_lost();
  }

  bool set_value(T value) {
    if (!claim()) return false;
    value_ = std::move(value);
    return true;
  }
  bool set_error(std::exception_ptr error) override {
    if (!claim()) return false;
    error_ = std::move(error);
    return true;
  }
  void resume() override {
    // Out of the ticket first: the coroutine may drop the last reference to it.
    handler_type handler = std::move(*handler_);
    handler_.reset();
    request_context::set(of_request_);
    std::move(handler)(std::move(error_), std::move(value_));
  }

 private:
  void fail_lost() {
    asio::post(loop(), [handler = std::move(*handler_), context = of_request_]() mutable {
      request_context::set(context);
      auto error = std::make_exception_ptr(std::logic_error("a ticket was lost"));
      std::move(handler)(std::move(error), T{});
    });
  }

  std::optional<handler_type> handler_;
  const request_context of_request_ = request_context::current();
  T value_{};
  std::exception_ptr error_;
};

// Resumes settled tickets, from any thread: one post to each loop, however many wait on it.
class resumptions {
 public:
  resumptions() = default;
  resumptions(const resumptions&) = delete;
  resumptions& operator=(const resumptions&) = delete;
  ~resumptions();
  void add(std::shared_ptr<waiter> settled) { settled_.push_back(std::move(settled)); }

 private:
  std::vector<std::shared_ptr<waiter>> settled_;
};

// The deadlines of everything that waits on one loop: that of its request, or of each wait where there is
// none.
class deadlines {
 public:
  deadlines(event_loop& loop, std::chrono::milliseconds timeout) : loop_(loop), timeout_(timeout) {}

  loop_executor executor() const { return loop_.get_executor(); }
  std::chrono::milliseconds timeout() const { return timeout_; }
  // Fails what has waited too long with 503 unavailable. Called a few times a second, on the loop.
  void sweep(waiter::clock::time_point now);

  // Suspends the caller until the ticket handed to `start` is settled. `start` must not throw, and isn't
  // called when the deadline has passed.
  template <class T, class Start>
  awaitable<T> wait(Start start) {
    recording::spoil();
    return asio::async_initiate<const asio::use_awaitable_t<loop_executor>, void(std::exception_ptr, T)>(
        [this](auto handler, Start begin) {
          const auto now = waiter::clock::now();
          const auto until = request_context::current().deadline.value_or(now + timeout_);
          auto left = std::make_shared<ticket<T>>(std::move(handler), executor(), until);
          if (now >= until) return end(left);
          add(left);
          begin(std::move(left));
        },
        use_awaitable, std::move(start));
  }

 private:
  void add(const std::shared_ptr<waiter>& w) {
    while (!waiting_.empty() && is_over(waiting_.front())) waiting_.pop_front();
    waiting_.push_back(w);
  }
  static void end(const std::shared_ptr<waiter>&);
  static bool is_over(const std::weak_ptr<waiter>& w) {
    const auto alive = w.lock();
    return !alive || alive->settled();
  }

  event_loop& loop_;
  std::chrono::milliseconds timeout_;
  std::deque<std::weak_ptr<waiter>> waiting_;
};

}  // namespace linnet::storage
