#include "http/turns.hpp"

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::http {
namespace {

using testing::refusal;
using testing::test_loop;

using local_socket = asio::basic_stream_socket<asio::local::stream_protocol, loop_executor>;

std::vector<std::unique_ptr<turns::place>> under_way(turns& t, std::size_t size) {
  std::vector<std::unique_ptr<turns::place>> places;
  while (places.size() < size) places.push_back(std::make_unique<turns::place>(t));
  return places;
}

awaitable<bool> wait_and_note(turns& t, std::vector<int>& order, int number) {
  co_await t.wait();
  order.push_back(number);
  co_return true;
}

TEST_CASE("as long as few requests are under way, none stands in line") {
  test_loop on;
  turns t(on.loop);
  auto places = under_way(t, turns::crowd - 1);
  CHECK_FALSE(t.is_crowded());
  places.push_back(std::make_unique<turns::place>(t));
  CHECK(t.is_crowded());
  places.pop_back();
  CHECK_FALSE(t.is_crowded());
}

TEST_CASE("whoever stands in line is taken in the order of arrival, and nobody passes the line") {
  test_loop on;
  turns t(on.loop);
  std::vector<int> order, expected;
  for (int i = 0; i < 100; ++i) {
    on.start(wait_and_note(t, order, i));
    expected.push_back(i);
  }
  on.until([&] { return t.waiting() != 0; });
  CHECK(t.is_crowded());
  on.until([&] { return order.size() == expected.size(); });
  CHECK(order == expected);
  CHECK(t.waiting() == 0);
  CHECK_FALSE(t.is_crowded());
}

TEST_CASE("a socket that becomes ready behind a thousand requests is heard of after a few") {
  test_loop on;
  turns t(on.loop);
  local_socket database(on.loop), ours(on.loop);
  asio::local::connect_pair(database, ours);
  std::vector<int> order;
  std::size_t taken_before = 0;
  bool heard = false;
  char byte = 0;
  ours.async_read_some(asio::buffer(&byte, 1), [&](auto, auto) {
    taken_before = order.size();
    heard = true;
  });
  for (int i = 0; i < 1000; ++i) on.start(wait_and_note(t, order, i));
  on.until([&] { return t.waiting() == 1000; });
  asio::write(database, asio::buffer("!", 1));
  on.until([&] { return heard; });
  CHECK(taken_before <= 2 * turns::few);
}

TEST_CASE("whose deadline passes in line is refused, and the deadline goes with the request") {
  test_loop on;
  turns t(on.loop);
  const auto later = std::chrono::steady_clock::now() + std::chrono::hours(1);
  static constexpr auto deadline_after =
      [](turns& line, auto before) -> awaitable<std::optional<request_context::time_point>> {
    request_context::set({.deadline = before});
    co_await line.wait();
    co_return request_context::current().deadline;
  };
  const auto in_time = on.start(deadline_after(t, later));
  const auto late = on.start(deadline_after(t, std::chrono::steady_clock::now()));
  on.until([&] { return late->done && in_time->done; });
  CHECK(in_time->get() == later);
  request_context::set({});  // of this thread, which others test on
  CHECK(refusal([&] { late->get(); }) == problem_type::unavailable);
}

}  // namespace
}  // namespace linnet::http
