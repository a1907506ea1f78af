#include "http/session.hpp"

#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/support/test_loop.hpp"

namespace linnet::http {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

// Answers 204 to everything, after `meanwhile`.
class answers_nothing : public request_handler {
 public:
  awaitable<response> handle(request&) override {
    meanwhile();
    co_return no_content();
  }
  const response* answer_at_hand(request&) override { return nullptr; }
  response refuse(const problem& why, request& r) override { return problem_response(why, r); }
  bool draining() const override { return false; }

  std::function<void()> meanwhile = [] {};
};

// A session and its client, over the loopback.
struct connected {
  connected() {
    tcp::acceptor acceptor(loop.loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client.connect(acceptor.local_endpoint());
    tcp_socket accepted(loop.loop);
    acceptor.accept(accepted);
    served.emplace(std::move(accepted), limits, handler);
  }
  void send(std::string_view bytes) { asio::write(client, asio::buffer(bytes)); }
  std::string receive() {
    std::string bytes(client.available(), '\0');
    asio::read(client, asio::buffer(bytes));
    return bytes;
  }

  testing::test_loop loop;
  session_limits limits;
  answers_nothing handler;
  tcp::socket client{loop.loop};
  std::optional<session> served;
};

}  // namespace

TEST_CASE("bytes that come as the time for a header runs out don't save it", "[session]") {
  connected c;
  // While the first request is handled, more of the second one arrives: it is there at once when it is read
  // for.
  c.handler.meanwhile = [&] { c.send(" / HTTP/1.1\r\n"); };
  asio::co_spawn(c.loop.loop, c.served->run(), asio::detached);
  c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET");
  while (c.client.available() == 0) c.loop.loop.run_one();
  CHECK(c.receive().starts_with("HTTP/1.1 204"));
  c.loop.loop.run_one();  // the answer is written; the session reads on, and that succeeds at once
  const auto late = session::clock::now() + c.limits.header_timeout + 1s;
  c.served->check_deadline(late);
  c.loop.until([&] { return c.client.available() != 0; });
  CHECK(c.receive().starts_with("HTTP/1.1 408"));
}

}  // namespace linnet::http
