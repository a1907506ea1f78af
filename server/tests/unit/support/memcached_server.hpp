// A memcached of the test's own.
#pragma once

#include <csignal>
#include <memory>
#include <string>

#include "tests/unit/support/child_process.hpp"

namespace linnet::testing {

class memcached_server {
 public:
  memcached_server();

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void kill() { process_.stop(SIGKILL); }
  void restart();
  void pause() { process_.pause(); }
  void resume() { process_.resume(); }

  // What it answers to a command of its text protocol, up to and without the line "END".
  std::string ask(const std::string& command) const;
  std::size_t items() const;

 private:
  void wait_until_ready() const;
  std::uint16_t port_;
  child_process process_;
};

}  // namespace linnet::testing
