// What a mistake of the server costs that loses a waiting request: a 500, and nothing else.
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "http/dispatcher.hpp"
#include "http/listener.hpp"
#include "tests/unit/support/test_loop.hpp"

#ifdef NDEBUG  // a debug build aborts instead

namespace linnet::http {
namespace {

using asio::ip::tcp;

struct nobody : authenticator {
  awaitable<std::optional<principal>> authenticate(std::string_view) override { co_return std::nullopt; }
  bool remembers() const override { return true; }
};

struct no_sightings : sightings {
  std::string_view up_to(std::chrono::steady_clock::time_point) override { return {}; }
  bool is_behind(std::string_view) const override { return false; }
  awaitable<void> catch_up(std::string_view) override { co_return; }
};

awaitable<response> lose(storage::deadlines& waits) {
  auto drop = [](const std::shared_ptr<storage::ticket<int>>&) {};
  co_await waits.wait<int>(std::move(drop));
  co_return no_content();
}

struct server {
  server() {
    routes.add({verb::get, "/lost", "lost", access::anyone, quota::none,
                [this](request&) { return lose(loop.waits); }});
    http.emplace(loop.loop, options, routes, accounts, seen, limiter, metrics, draining);
    at.emplace(loop.loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0), limits, 1, *http);
    at->start();
  }

  testing::test_loop loop;
  dispatcher_options options;
  session_limits limits;
  router routes;
  nobody accounts;
  no_sightings seen;
  quota_metrics quotas;
  rate_limiter limiter{rate_limits{}, quotas};
  metric_registry metrics;
  std::atomic<bool> draining{false};
  std::optional<dispatcher> http;
  std::optional<listener> at;
};

}  // namespace

TEST_CASE("whose ticket is lost gets 500, and its connection's place comes back", "[ticket][listener]") {
  server s;
  tcp::socket client(s.loop.loop);
  client.connect(s.at->local_endpoint());
  asio::write(client, asio::buffer(std::string_view("GET /lost HTTP/1.1\r\nHost: x\r\n\r\n")));
  s.loop.until([&] { return client.available() != 0; });
  std::string answer(client.available(), '\0');
  asio::read(client, asio::buffer(answer));
  CHECK(answer.starts_with("HTTP/1.1 500"));
  CHECK(s.at->sessions() == 1);
  client.close();
  s.loop.until([&] { return s.at->sessions() == 0; });
}

}  // namespace linnet::http

#endif
