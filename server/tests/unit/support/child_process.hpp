// A backend of a test's own: a real server program, run as a child of the tests and killed with them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace linnet::testing {

// A port of 127.0.0.1 that nobody listens on.
std::uint16_t free_port();
bool accepts(std::uint16_t port);

class child_process {
 public:
  // Runs `command`, as `user` when the tests run as root: servers refuse to be root. Its output is dropped.
  child_process(std::vector<std::string> command, std::string user);
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  void start();
  // Returns once the program ended; at most one such call a start.
  void stop(int signal);
  void signal(int number) const;
  // Stops all of its threads where they are; returns once they stand still.
  void pause() const;
  void resume() const;
  // Waits for the exit code of a program that ends by itself.
  int wait();

 private:
  std::vector<std::string> command_;
  std::string user_;
  pid_t pid_ = 0;
};

}  // namespace linnet::testing
