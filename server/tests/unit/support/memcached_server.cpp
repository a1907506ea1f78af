#include "tests/unit/support/memcached_server.hpp"

#include <stdexcept>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

namespace linnet::testing {

namespace asio = boost::asio;

memcached_server::memcached_server()
    : port_(free_port()),
      process_({"memcached", "-l", "127.0.0.1", "-p", std::to_string(port_), "-U", "0", "-m", "64", "-u",
                "nobody"},
               "nobody") {
  wait_until_ready();
}

void memcached_server::restart() {
  process_.start();
  wait_until_ready();
}

void memcached_server::wait_until_ready() const {
  for (int i = 0; i < 1000; ++i) {
    if (accepts(port_)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("memcached does not start");
}

std::string memcached_server::ask(const std::string& command) const {
  asio::io_context io;
  asio::ip::tcp::socket link(io);
  link.connect({asio::ip::address_v4::loopback(), port_});
  asio::write(link, asio::buffer(command + "\r\n"));
  std::string answer;
  const auto end = asio::read_until(link, asio::dynamic_buffer(answer), "END\r\n");
  return answer.substr(0, end - 5);
}

std::size_t memcached_server::items() const {
  const auto stats = ask("stats");
  const std::string name = "STAT curr_items ";
  return std::stoul(stats.substr(stats.find(name) + name.size()));
}

}  // namespace linnet::testing
