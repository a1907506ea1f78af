// Where log lines go, without ever waiting for whoever reads them: a pipe or a socket that is full would stop
// every event loop at its next line. What can't be written now is kept, up to a limit, and goes out in order
// with a later line or flush; beyond that, lines are dropped and counted.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace linnet {

// Any thread. Where another process writes to the same pipe, a write may wait after all.
class log_output {
 public:
  // `fd` stays open, and as it is: it may be shared with the shell that started the server.
  explicit log_output(int fd, std::size_t limit = std::size_t{1} << 20) : fd_(fd), limit_(limit) {}
  // Waits for the reader of what is left, but no longer than a second.
  ~log_output() { flush(std::chrono::seconds(1)); }

  // A whole line, with its end.
  void write(std::string_view line);
  // Writes what is kept; waits for its reader, but no longer than `patience`.
  void flush(std::chrono::milliseconds patience);
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  bool has_room_for(std::string_view line) const;
  void write_kept();

  const int fd_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::string kept_;
  std::size_t written_ = 0;  // of it
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace linnet
