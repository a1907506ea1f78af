#include "storage/ticket.hpp"

#include <csignal>
#include <thread>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::storage {
namespace {

using testing::refusal;
using testing::test_loop;
using namespace std::chrono_literals;

using held = std::shared_ptr<ticket<int>>;

awaitable<int> wait_for(deadlines& d, held& left) {
  auto start = [&left](held given) { left = std::move(given); };
  return d.wait<int>(std::move(start));
}

// Starts to wait; returns the ticket that was left.
held leave(test_loop& loop, std::shared_ptr<testing::outcome<int>>& result) {
  held left;
  result = loop.start(wait_for(loop.waits, left));
  loop.until([&] { return left != nullptr; });
  return left;
}

void resume(const held& settled) {
  resumptions resumed;
  resumed.add(settled);
}

std::exception_ptr failure() {
  return std::make_exception_ptr(problem(problem_type::conflict, ""));
}

awaitable<std::thread::id> thread_after(deadlines& d, held& left) {
  co_await wait_for(d, left);
  co_return std::this_thread::get_id();
}

}  // namespace

TEST_CASE("a value resumes who waits", "[ticket]") {
  test_loop loop;
  std::shared_ptr<testing::outcome<int>> result;
  const auto left = leave(loop, result);
  CHECK_FALSE(left->settled());
  CHECK(left->set_value(7));
  CHECK(left->settled());
  CHECK_FALSE(result->done);
  resume(left);
  loop.until([&] { return result->done; });
  CHECK(result->get() == 7);
}

TEST_CASE("an error is thrown where it is awaited", "[ticket]") {
  test_loop loop;
  std::shared_ptr<testing::outcome<int>> result;
  const auto left = leave(loop, result);
  CHECK(left->set_error(failure()));
  resume(left);
  loop.until([&] { return result->done; });
  CHECK(refusal([&] { result->get(); }) == problem_type::conflict);
}

TEST_CASE("a ticket is settled once", "[ticket]") {
  test_loop loop;
  std::shared_ptr<testing::outcome<int>> result;
  const auto left = leave(loop, result);
  CHECK(left->set_value(1));
  CHECK_FALSE(left->set_value(2));
  CHECK_FALSE(left->set_error(failure()));
  loop.waits.sweep(waiter::clock::now() + 1h);
  resume(left);
  loop.until([&] { return result->done; });
  CHECK(result->get() == 1);
}

TEST_CASE("who waits too long is told that it is unavailable", "[ticket]") {
  test_loop loop(30ms);
  std::shared_ptr<testing::outcome<int>> result;
  const auto begin = waiter::clock::now();
  const auto left = leave(loop, result);
  loop.until([&] { return result->done; });
  CHECK(waiter::clock::now() - begin >= 30ms);
  CHECK(refusal([&] { result->get(); }) == problem_type::unavailable);
  CHECK_FALSE(left->set_value(1));
}

TEST_CASE("a sweep ends what is due and nothing else", "[ticket]") {
  test_loop loop(1h);
  std::shared_ptr<testing::outcome<int>> first, second, third;
  const auto a = leave(loop, first);
  const auto b = leave(loop, second);
  const auto c = leave(loop, third);
  b->set_value(2);
  loop.waits.sweep(a->deadline() - 1ns);
  CHECK_FALSE(a->settled());
  loop.waits.sweep(a->deadline());
  CHECK(a->settled());
  CHECK((c->settled() == (c->deadline() <= a->deadline())));
  loop.waits.sweep(c->deadline());
  CHECK(c->settled());
  resume(b);
  loop.until([&] { return first->done && second->done && third->done; });
  CHECK(second->get() == 2);
  CHECK(refusal([&] { third->get(); }) == problem_type::unavailable);
}

TEST_CASE("a coroutine resumes on its own loop, whoever settles", "[ticket]") {
  test_loop loop;
  held left;
  const auto result = loop.start(thread_after(loop.waits, left));
  loop.until([&] { return left != nullptr; });
  std::thread other([left] {
    if (left->set_value(1)) resume(left);
  });
  loop.until([&] { return result->done; });
  other.join();
  CHECK(result->get() == std::this_thread::get_id());
}

TEST_CASE("tickets of several loops are resumed on theirs", "[ticket]") {
  test_loop one, two;
  held of_one, of_two;
  const auto first = one.start(thread_after(one.waits, of_one));
  std::atomic<bool> waiting{false};
  std::thread second([&] {
    const auto result = two.start(thread_after(two.waits, of_two));
    two.until([&] { return of_two != nullptr; });
    waiting = true;
    two.until([&] { return result->done; });
    CHECK(result->get() == std::this_thread::get_id());
  });
  one.until([&] { return of_one != nullptr && waiting; });
  {
    resumptions resumed;
    for (const auto& left : {of_one, of_two, of_one}) {
      if (left->set_value(1)) resumed.add(left);
    }
  }
  one.until([&] { return first->done; });
  second.join();
  CHECK(first->get() == std::this_thread::get_id());
}

TEST_CASE("of value, error and deadline exactly one wins", "[ticket]") {
  test_loop loop(1h);
  int values = 0;
  int errors = 0;
  for (int round = 0; round < 200; ++round) {
    std::shared_ptr<testing::outcome<int>> result;
    const auto left = leave(loop, result);
    std::atomic<int> ready{0};
    std::atomic<int> wins{0};
    const auto race = [&](auto settle) {
      ++ready;
      while (ready < 3) std::this_thread::yield();
      if (settle()) {
        ++wins;
        resume(left);
      }
    };
    std::thread with_value([&] { race([&] { return left->set_value(round); }); });
    std::thread with_error([&] { race([&] { return left->set_error(failure()); }); });
    ++ready;
    while (ready < 3) std::this_thread::yield();
    if (round % 2) loop.waits.sweep(waiter::clock::now() + 2h);
    with_value.join();
    with_error.join();
    loop.until([&] { return result->done; });
    CHECK(wins <= 1);
    if (result->error) {
      ++errors;
      CHECK(refusal([&] { result->get(); }) == (wins ? problem_type::conflict : problem_type::unavailable));
    } else {
      ++values;
      CHECK(wins == 1);
      CHECK(result->get() == round);
    }
  }
  CHECK(values + errors == 200);
}

namespace {

awaitable<int> wait_twice(deadlines& d, held& first, held& second) {
  const int a = co_await wait_for(d, first);
  const int b = co_await wait_for(d, second);
  co_return a + b;
}

}  // namespace

TEST_CASE("all waits of a request end with it, whatever runs in between", "[ticket]") {
  test_loop loop(1h);
  held first, second;
  const auto deadline = waiter::clock::now() + 1min;
  request_context::set({.deadline = deadline});
  const auto result = loop.start(wait_twice(loop.waits, first, second));
  loop.until([&] { return first != nullptr; });
  request_context::set({});
  first->set_value(1);
  resume(first);
  loop.until([&] { return second != nullptr; });
  CHECK(first->deadline() == deadline);
  CHECK(second->deadline() == deadline);
  second->set_value(2);
  resume(second);
  loop.until([&] { return result->done; });
  CHECK(result->get() == 3);
  request_context::set({});
}

TEST_CASE("what a request costs the database goes with it, whatever runs in between", "[ticket]") {
  test_loop loop(1h);
  held first, second;
  request_context::set({.database_cost = 5});
  const auto result = loop.start([](deadlines& waits, held& one, held& two) -> awaitable<int> {
    (void)co_await wait_twice(waits, one, two);
    request_context::charge(2);
    co_return request_context::current().database_cost;
  }(loop.waits, first, second));
  loop.until([&] { return first != nullptr; });
  request_context::set({.database_cost = 70});
  first->set_value(1);
  resume(first);
  loop.until([&] { return second != nullptr; });
  request_context::set({});
  second->set_value(2);
  resume(second);
  loop.until([&] { return result->done; });
  CHECK(result->get() == 7);
  request_context::set({});
}

TEST_CASE("what is asked for after the deadline is not even begun", "[ticket]") {
  test_loop loop(1h);
  held first, second;
  request_context::set({.deadline = waiter::clock::now() - 1ms});
  const auto result = loop.start(wait_twice(loop.waits, first, second));
  loop.until([&] { return result->done; });
  CHECK(refusal([&] { result->get(); }) == problem_type::unavailable);
  CHECK(first == nullptr);
  request_context::set({});
}

#ifdef NDEBUG  // a debug build aborts instead

TEST_CASE("who waits for a ticket that is lost gets an error", "[ticket]") {
  test_loop loop(1h);
  std::shared_ptr<testing::outcome<int>> result;
  auto left = leave(loop, result);
  left.reset();
  loop.until([&] { return result->done; });
  CHECK_THROWS_AS(result->get(), std::logic_error);
}

TEST_CASE("a ticket that was settled and not resumed is lost, too, on whatever thread", "[ticket]") {
  test_loop loop(1h);
  std::shared_ptr<testing::outcome<int>> result;
  auto left = leave(loop, result);
  left->set_value(1);
  std::thread([lost = std::move(left)] {}).join();
  loop.until([&] { return result->done; });
  CHECK_THROWS_AS(result->get(), std::logic_error);
}

#else

TEST_CASE("a ticket that is lost ends a debug build", "[ticket]") {
  const auto child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    test_loop loop(1h);
    std::shared_ptr<testing::outcome<int>> result;
    leave(loop, result).reset();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT));
}

#endif

}  // namespace linnet::storage
