// open-loop: sends requests at a constant rate and prints how long they took, as JSON.
//
// Request i is due at start + i / rate, whatever the server does; its time runs from that
// moment, not from when a connection was free to send it. A server that stalls for a second
// is thus charged for every request that should have been sent in that second, which a closed
// loop (wrk) leaves out: the "coordinated omission".
//
// The requests file holds whole HTTP messages, each after a line with its length in bytes (see
// wrk/dump.lua). They are sent in this order, again from the first after the last; no HEAD.
//
// Under overload all connections wait for answers, and what is due meanwhile waits here. --give-up bounds
// that: what is later is not sent, and counted. What was accepted (a status below 400) is then timed from
// when it was sent, too: that is what the server had in its hands.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;
using clock_type = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::nanoseconds;

using executor = net::io_context::executor_type;
using socket_type = net::basic_stream_socket<tcp, executor>;
using timer_type = net::basic_waitable_timer<clock_type, net::wait_traits<clock_type>, executor>;
constexpr net::use_awaitable_t<executor> use_awaitable;

struct options {
  std::string address = "127.0.0.1";
  std::string port = "8080";
  std::string requests;
  double rate = 1000;
  double duration = 10;
  double grace = 5;
  double give_up = 0;  // seconds; 0: never
  unsigned connections = 64;
};

// Everything that the connections share; they all live on one thread.
struct run_state {
  options config;
  std::vector<std::string> requests;  // as they go over the wire
  tcp::resolver::results_type endpoints;
  clock_type::time_point start;
  std::uint64_t total;                   // requests to send
  std::uint64_t next = 0;                // the one that the next free connection takes
  std::vector<std::uint32_t> latencies;  // microseconds, of answered requests
  std::vector<std::uint32_t> accepted;   // microseconds from sending
  std::uint64_t unsent = 0;
  std::uint64_t hasty = 0;  // 503 that don't say when to come again
  std::map<unsigned, std::uint64_t> statuses;
  std::map<std::string, std::uint64_t> socket_errors;

  clock_type::time_point due(std::uint64_t number) const {
    return start + nanoseconds(static_cast<std::int64_t>(number / config.rate * 1e9));
  }
};

std::vector<std::string> load_requests(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::string> requests;
  for (std::string line; std::getline(file, line);) {
    std::string bytes(std::stoul(line), '\0');
    if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      throw std::runtime_error(path + " is cut short");
    requests.push_back(std::move(bytes));
  }
  if (requests.empty()) throw std::runtime_error("no requests in " + path);
  return requests;
}

// Takes the next due request again and again; a lost connection is opened anew for the next one.
net::awaitable<void, executor> connection(run_state& state) {
  const executor loop = co_await net::this_coro::executor;
  socket_type socket(loop);
  timer_type timer(loop);
  const auto patience = std::chrono::duration<double>(state.config.give_up);
  boost::beast::flat_buffer buffer;
  error_code ec;
  while (state.next < state.total) {
    const std::uint64_t number = state.next++;
    const std::string& request = state.requests[number % state.requests.size()];
    ec = {};
    if (!socket.is_open()) {
      co_await net::async_connect(socket, state.endpoints, net::redirect_error(use_awaitable, ec));
      if (!ec) socket.set_option(tcp::no_delay(true), ec);
    }
    timer.expires_at(state.due(number));
    co_await timer.async_wait(use_awaitable);
    const auto sent = clock_type::now();
    if (state.config.give_up > 0 && sent - state.due(number) > patience) {
      ++state.unsent;
      continue;
    }
    http::response_parser<http::string_body> answer;
    if (!ec) co_await net::async_write(socket, net::buffer(request), net::redirect_error(use_awaitable, ec));
    if (!ec) co_await http::async_read(socket, buffer, answer, net::redirect_error(use_awaitable, ec));
    if (ec) {
      ++state.socket_errors[ec.message()];
    } else {
      const auto took = duration_cast<microseconds>(clock_type::now() - state.due(number));
      state.latencies.push_back(static_cast<std::uint32_t>(took.count()));
      const unsigned status = answer.get().result_int();
      ++state.statuses[status];
      if (status < 400)
        state.accepted.push_back(
            static_cast<std::uint32_t>(duration_cast<microseconds>(clock_type::now() - sent).count()));
      if (status == 503 && !answer.get().count(http::field::retry_after)) ++state.hasty;
    }
    if (ec || !answer.keep_alive()) {
      socket = socket_type(loop);
      buffer.clear();
    }
  }
}

std::string percentile(const std::vector<std::uint32_t>& sorted, double share) {
  if (sorted.empty()) return "null";
  return std::to_string(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
}

// "name": {"1": ..., "99.99": ...}
void print_latencies(const char* name, std::vector<std::uint32_t>& latencies) {
  std::sort(latencies.begin(), latencies.end());
  std::cout << ", \"" << name << "\": {";
  const char* comma = "";
  for (const double share : {1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.99}) {
    std::cout << comma << '"' << share << "\": " << percentile(latencies, share / 100);
    comma = ", ";
  }
  std::cout << '}';
}

void print(run_state& state, double seconds) {
  std::sort(state.latencies.begin(), state.latencies.end());
  std::uint64_t failed = 0;
  for (const auto& [status, count] : state.statuses)
    if (status >= 400) failed += count;
  for (const auto& [message, count] : state.socket_errors) failed += count;

  std::cout << "{\"rate\": " << state.config.rate << ", \"connections\": " << state.config.connections
            << ", \"seconds\": " << seconds << ", \"due\": " << state.total
            << ", \"answered\": " << state.latencies.size()
            << ", \"max_us\": " << percentile(state.latencies, 1);
  print_latencies("latency_us", state.latencies);
  std::cout << ", \"accepted\": " << state.accepted.size();
  print_latencies("accepted_us", state.accepted);
  std::cout << ", \"unsent\": " << state.unsent << ", \"without_retry_after\": " << state.hasty
            << ", \"errors\": " << failed;
  const auto table = [](const char* name, const auto& counts) {
    std::cout << ", \"" << name << "\": {";
    const char* separator = "";
    for (const auto& [key, count] : counts) {
      std::cout << separator << '"' << key << "\": " << count;
      separator = ", ";
    }
    std::cout << '}';
  };
  table("statuses", state.statuses);
  table("socket_errors", state.socket_errors);
  // Neither answered nor failed when the grace ran out: the server was too slow for this rate.
  std::uint64_t unfinished = state.total - state.latencies.size() - state.unsent;
  for (const auto& [message, count] : state.socket_errors) unfinished -= count;
  std::cout << ", \"unfinished\": " << unfinished << "}\n";
}

int main(int argc, char** argv) try {
  run_state state;
  options& config = state.config;
  CLI::App app("Sends requests at a constant rate, measuring from the moment each is due");
  app.add_option("--address", config.address, "Host of the server")->capture_default_str();
  app.add_option("--port", config.port, "Port of the server")->capture_default_str();
  app.add_option("--requests", config.requests, "File of the requests")->required()->check(CLI::ExistingFile);
  app.add_option("--rate", config.rate, "Requests a second")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--duration", config.duration, "Seconds of requests")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
  app.add_option("--grace", config.grace, "Seconds to wait for late answers after that")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  app.add_option("--give-up", config.give_up,
                 "Seconds after which a request that could not be sent isn't; 0: never")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  app.add_option("--connections", config.connections, "Keep-alive connections")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  net::io_context io(1);
  state.requests = load_requests(config.requests);
  state.endpoints = tcp::resolver(io).resolve(config.address, config.port);
  state.total = static_cast<std::uint64_t>(config.rate * config.duration);
  state.latencies.reserve(state.total);
  state.start = clock_type::now() + std::chrono::milliseconds(100);  // time to connect
  for (unsigned i = 0; i < config.connections; ++i) {
    net::co_spawn(io.get_executor(), connection(state), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  io.run_until(state.start +
               duration_cast<nanoseconds>(std::chrono::duration<double>(config.duration + config.grace)));
  print(state, std::chrono::duration<double>(clock_type::now() - state.start).count());
} catch (const std::exception& error) {
  std::cerr << "open-loop: " << error.what() << '\n';
  return 1;
}
