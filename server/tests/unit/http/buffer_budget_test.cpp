#include "http/buffer_budget.hpp"

#include <memory>

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

constexpr std::size_t free_bytes = buffer_budget::free_bytes;

TEST_CASE("what a connection has of its own takes nothing of the budget", "[buffer_budget]") {
  buffer_budget budget(100);
  buffer_budget::share one(&budget), two(&budget);
  CHECK(one.hold(free_bytes));
  CHECK(two.hold(free_bytes));
  CHECK(budget.held() == 0);
}

TEST_CASE("connections share the budget, to the last byte", "[buffer_budget]") {
  buffer_budget budget(100);
  buffer_budget::share one(&budget), two(&budget);
  CHECK(one.hold(free_bytes + 60));
  CHECK_FALSE(two.hold(free_bytes + 41));
  CHECK(budget.held() == 60);
  CHECK(two.hold(free_bytes + 40));
  CHECK(budget.held() == 100);
  CHECK_FALSE(one.hold(free_bytes + 61));
  CHECK(budget.held() == 100);
  CHECK(one.hold(free_bytes + 10));
  CHECK(two.hold(free_bytes + 90));
  CHECK(budget.held() == 100);
}

TEST_CASE("without a budget there is no bound", "[buffer_budget]") {
  buffer_budget::share one(nullptr);
  CHECK(one.hold(free_bytes + 1'000'000'000));
}

TEST_CASE("a connection that ends gives back what it held", "[buffer_budget]") {
  buffer_budget budget(100);
  {
    buffer_budget::share one(&budget);
    CHECK(one.hold(free_bytes + 100));
  }
  CHECK(budget.held() == 0);
  buffer_budget::share next(&budget);
  CHECK(next.hold(free_bytes + 100));
  CHECK(next.hold(0));
  CHECK(budget.held() == 0);
}

}  // namespace
}  // namespace linnet::http
