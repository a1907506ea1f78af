// One event loop, turned by the test's own thread: coroutines run as they do in the server, and deadlines
// pass.
#pragma once

#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include "storage/ticket.hpp"

namespace linnet::testing {

using namespace std::chrono_literals;

// What a coroutine that was started comes to.
template <class T>
struct outcome {
  bool done = false;
  std::exception_ptr error;
  T value{};

  T get() {
    if (error) std::rethrow_exception(error);
    return std::move(value);
  }
};

class test_loop {
 public:
  explicit test_loop(std::chrono::milliseconds timeout = 5s) : waits(loop, timeout) {}

  event_loop loop{1};
  storage::deadlines waits;

  template <class T>
  std::shared_ptr<outcome<T>> start(awaitable<T> work) {
    auto result = std::make_shared<outcome<T>>();
    asio::co_spawn(loop, std::move(work), [result](std::exception_ptr error, T value) {
      result->error = std::move(error);
      result->value = std::move(value);
      result->done = true;
    });
    return result;
  }

  // Turns the loop until `met` returns true; throws after 20 s.
  template <class Condition>
  void until(Condition met) {
    const auto patience = storage::waiter::clock::now() + 20s;
    while (!met()) {
      loop.run_one_for(1ms);
      waits.sweep(storage::waiter::clock::now());
      if (storage::waiter::clock::now() > patience) throw std::runtime_error("not within 20 s");
    }
  }

  template <class T>
  T run(awaitable<T> work) {
    const auto result = start(std::move(work));
    until([&] { return result->done; });
    return result->get();
  }

  void run(awaitable<void> work) { run(finished(std::move(work))); }
  void run_for(std::chrono::milliseconds time) { loop.run_for(time); }

 private:
  static awaitable<bool> finished(awaitable<void> work) {
    co_await std::move(work);
    co_return true;
  }

  asio::executor_work_guard<loop_executor> busy_{loop.get_executor()};
};

}  // namespace linnet::testing
