// How a logout takes effect on every server at once, though each keeps live sessions in memory.
//
// Whoever ends a session sends a PostgreSQL notification in the same transaction. Every server listens, asks
// the primary many times a second whether there is news, and trusts its memory only while the last answer is
// younger than the lease. So once a lease has passed since the commit, no server can still accept the token:
// it has either heard, or knows that it may have missed something. The one who ends a session waits that long
// before saying that it is done.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/connector.hpp"
#include "storage/local_cache.hpp"

namespace linnet::storage {

class revocations {
 public:
  static constexpr std::chrono::milliseconds lease{300};

  revocations(const connector&, local_cache& memory);
  ~revocations();
  void start();
  void stop();

  // After the commit that ended sessions: returns when every server refuses their tokens.
  static awaitable<void> take_effect();
  // Whether sessions in memory may be believed right now. Any thread.
  bool memory_is_current() const;
  // Whether the primary answers: asked all the time, so it is known without a request that needs it. Any
  // thread.
  bool primary_answers() const;

 private:
  void listen();
  void listen_on(pqxx::connection&);
  bool pause(std::chrono::milliseconds);

  const connector& connector_;
  local_cache& memory_;
  // When the last question that was answered was asked, as counts of the steady clock.
  std::atomic<std::chrono::steady_clock::rep> confirmed_{0};
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace linnet::storage
