// Ends waits for a database that hangs. libpq waits for an answer without limit. Where an answer is overdue,
// the watch shuts the socket down, and the wait ends as it does when a connection is lost. Nothing is
// cancelled: cancelling a COMMIT that waits for replicas would report it as done.
//
// Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace linnet::storage {

class hang_watch {
 public:
  using clock = std::chrono::steady_clock;
  // How long a wait may last, as things are now. Called on the watch's thread.
  using patience = std::function<clock::duration()>;
  static constexpr std::chrono::milliseconds tick{100};

  hang_watch();
  ~hang_watch();
  hang_watch(const hang_watch&) = delete;
  hang_watch& operator=(const hang_watch&) = delete;

 private:
  struct entry {
    int socket;
    clock::time_point begin;
    patience limit;
    bool ended = false;
  };

 public:
  // A wait for an answer at a socket, as long as this lives. The socket must outlive it.
  class wait {
   public:
    wait(hang_watch&, int socket, patience);
    ~wait();
    wait(const wait&) = delete;
    wait& operator=(const wait&) = delete;

   private:
    hang_watch& watch_;
    std::list<entry>::iterator place_;
  };

 private:
  void run();
  void leave_out(clock::duration still);
  void end_overdue(clock::time_point now);

  std::mutex mutex_;
  std::condition_variable stopping_;
  std::list<entry> waits_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace linnet::storage
