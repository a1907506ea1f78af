#include "storage/revocations.hpp"

#include <boost/asio/this_coro.hpp>

#include "core/log.hpp"
#include "storage/invalidation.hpp"

namespace linnet::storage {

namespace {

using clock = std::chrono::steady_clock;

constexpr auto poll_interval = std::chrono::milliseconds(60);
constexpr auto reconnect_pause = std::chrono::milliseconds(250);

constexpr auto unanswered_limit = std::chrono::seconds(2);

bool is_younger(const std::atomic<clock::rep>& moment, clock::duration age) {
  return clock::now() - clock::time_point(clock::duration(moment.load(std::memory_order_acquire))) < age;
}

class receiver : public pqxx::notification_receiver {
 public:
  receiver(pqxx::connection& c, local_cache& memory)
      : notification_receiver(c, "linnet_sessions"), memory_(memory) {}
  void operator()(const std::string& token_hash, int) override {
    const std::vector<std::string> ended{token_hash};
    for (const auto& key : changed_by_ended_sessions(ended)) memory_.invalidate(key);
  }

 private:
  local_cache& memory_;
};

}  // namespace

revocations::revocations(const connector& c, local_cache& memory) : connector_(c), memory_(memory) {}

revocations::~revocations() {
  stop();
}

void revocations::start() {
  thread_ = std::thread([this] { listen(); });
}

void revocations::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool revocations::memory_is_current() const {
  return is_younger(confirmed_, lease);
}

bool revocations::primary_answers() const {
  return is_younger(confirmed_, unanswered_limit);
}

awaitable<void> revocations::take_effect() {
  const auto loop = co_await asio::this_coro::executor;
  loop_timer timer(loop, lease);
  co_await timer.async_wait(use_awaitable);
}

void revocations::listen() {
  for (bool failing = false; !pause(std::chrono::milliseconds(0));) {
    try {
      const auto link = connector_.connect();
      failing = false;
      listen_on(*link);
    } catch (const std::exception& e) {
      if (!failing)
        log_event(log_level::warning, "sessions are not confirmed", {{"error", first_line(e.what())}});
      failing = true;
    }
    if (pause(reconnect_pause)) return;
  }
}

void revocations::listen_on(pqxx::connection& link) {
  receiver ended(link, memory_);
  // What came into memory while we did not listen may have been revoked unheard.
  memory_.invalidate(cache_kind::session);
  do {
    const auto asked = clock::now();
    pqxx::nontransaction(link).exec0("");  // notifications come ahead of the answer
    link.get_notifs();
    const auto at = asked.time_since_epoch().count();
    confirmed_.store(at, std::memory_order_release);
  } while (!pause(poll_interval));
}

// True when it is time to stop.
bool revocations::pause(std::chrono::milliseconds length) {
  std::unique_lock lock(mutex_);
  return stopping_.wait_for(lock, length, [this] { return stopped_; });
}

}  // namespace linnet::storage
