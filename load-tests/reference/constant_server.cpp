// constant-server: a bare Beast server that answers every request with the same body.
//
// It does nothing that an HTTP server in Asio and Beast could leave out (one event loop per core,
// http::response, Beast's own serializer), so that its rate is what the stack itself allows.
// GETs only; it runs until it is interrupted.

#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;

// The concrete executor spares each operation the indirection of any_io_executor.
using executor = net::io_context::executor_type;
using socket_type = net::basic_stream_socket<tcp, executor>;
using acceptor_type = net::basic_socket_acceptor<tcp, executor>;
using reuse_port = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr net::use_awaitable_t<executor> use_awaitable;

struct options {
  std::string address = "127.0.0.1";
  unsigned short port = 8090;
  unsigned loops = std::thread::hardware_concurrency();
  std::size_t body_bytes = 400;
};

net::awaitable<void, executor> serve(socket_type socket, const std::string& body) {
  boost::beast::flat_buffer buffer;
  error_code ec;
  socket.set_option(tcp::no_delay(true), ec);
  while (!ec) {
    http::request<http::empty_body> request;
    co_await http::async_read(socket, buffer, request, net::redirect_error(use_awaitable, ec));
    if (ec) break;

    http::response<http::string_body> response(http::status::ok, request.version());
    response.set(http::field::content_type, "application/json");
    response.keep_alive(request.keep_alive());
    response.body() = body;
    response.prepare_payload();
    co_await http::async_write(socket, response, net::redirect_error(use_awaitable, ec));
    if (!response.keep_alive()) break;
  }
}

net::awaitable<void, executor> listen(acceptor_type acceptor, const std::string& body) {
  for (;;) {
    socket_type socket = co_await acceptor.async_accept(use_awaitable);
    net::co_spawn(acceptor.get_executor(), serve(std::move(socket), body), net::detached);
  }
}

// One loop with its own acceptor; the kernel spreads the connections.
void run(const options& options, const std::string& body) {
  net::io_context io(1);
  const tcp::endpoint endpoint(net::ip::make_address(options.address), options.port);
  acceptor_type acceptor(io.get_executor());
  acceptor.open(endpoint.protocol());
  acceptor.set_option(net::socket_base::reuse_address(true));
  acceptor.set_option(reuse_port(true));
  acceptor.bind(endpoint);
  acceptor.listen();
  net::co_spawn(io.get_executor(), listen(std::move(acceptor), body), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  io.run();
}

int main(int argc, char** argv) {
  options options;
  CLI::App app("Answers every GET with a constant, as fast as plain Asio and Beast do");
  app.add_option("--address", options.address, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on")->capture_default_str();
  app.add_option("--loops", options.loops, "Event loops, each on its own thread")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--body-bytes", options.body_bytes, "Size of the body")
      ->check(CLI::Range(2, 1 << 20))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const std::string body = '"' + std::string(options.body_bytes - 2, 'x') + '"';
  std::vector<std::jthread> loops;
  for (unsigned i = 0; i < options.loops; ++i) loops.emplace_back([&] { run(options, body); });
}
