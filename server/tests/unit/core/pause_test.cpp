#include "core/pause.hpp"

#include <catch2/catch.hpp>

#include "core/recording.hpp"
#include "core/request_context.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet {
namespace {

using namespace std::chrono_literals;
using deadline = std::optional<request_context::time_point>;

awaitable<deadline> deadline_after_a_pause() {
  co_await pause(1ms);
  co_return request_context::current().deadline;
}

}  // namespace

TEST_CASE("who pauses keeps the deadline of its request, whatever runs meanwhile", "[pause]") {
  testing::test_loop loop;
  const auto first = request_context::time_point(1h);
  const auto second = request_context::time_point(2h);
  request_context::set({.deadline = first});
  const auto of_first = loop.start(deadline_after_a_pause());
  loop.loop.poll();
  request_context::set({.deadline = second});
  const auto of_second = loop.start(deadline_after_a_pause());
  loop.loop.poll();
  request_context::set({});
  loop.until([&] { return of_first->done && of_second->done; });
  CHECK(of_first->get() == first);
  CHECK(of_second->get() == second);
  request_context::set({});
}

TEST_CASE("an answer made with a pause in it is not kept", "[pause]") {
  testing::test_loop loop;
  recording read;
  recording::keep(std::make_shared<const currency>(), recording::clock::time_point::max());
  CHECK(read.is_whole());
  loop.run(deadline_after_a_pause());
  CHECK_FALSE(read.is_whole());
}

}  // namespace linnet
