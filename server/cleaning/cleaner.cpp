#include "cleaning/cleaner.hpp"

#include <boost/asio/as_tuple.hpp>

#include "core/log.hpp"
#include "core/request_context.hpp"

namespace linnet::cleaning {

cleaner::cleaner(event_loop& events, storage::backends& b, cleaning_metrics& metrics,
                 std::chrono::seconds interval)
    : timer_(events),
      backends_(b),
      metrics_(metrics),
      interval_(interval),
      store_(b),
      next_look_(clock::now() + interval) {}

awaitable<void> cleaner::run() {
  auto wait = idle_pause;
  for (bool failing = false;;) {
    timer_.expires_after(wait);
    co_await timer_.async_wait(asio::as_tuple(use_awaitable));
    if (stopped_) co_return;
    wait = idle_pause;
    if (!backends_.rows_left.exchange(false) && clock::now() < next_look_) continue;
    request_context::set({});
    try {
      wait = co_await clean();
      failing = false;
    } catch (const std::exception& e) {
      if (!failing) log_event(log_level::warning, "cleaning failed", {{"error", first_line(e.what())}});
      failing = true;
      backends_.rows_left = true;
      wait = pause_after_failure;
    }
  }
}

void cleaner::stop() {
  stopped_ = true;
  timer_.cancel();
}

// One step for a user and one for tweets, if there is anything left. Returns the pause after them.
awaitable<std::chrono::milliseconds> cleaner::clean() {
  next_look_ = clock::now() + interval_;
  const auto lag = co_await store_.lag();
  metrics_.lag_seconds = lag ? lag->count() : 0;
  if (!lag) co_return idle_pause;
  const auto of_user = co_await store_.clean_user(last_user_);
  note(of_user);
  last_user_ = static_cast<user_id>(of_user.value.last);
  const auto of_tweets = co_await store_.clean_tweets(last_tweet_);
  note(of_tweets);
  last_tweet_ = of_tweets.value.last;
  if (!of_user.value.found && !of_tweets.value.found) co_return idle_pause;  // another server is at work
  backends_.rows_left = true;
  const auto rows = static_cast<int>(std::max(of_user.value.rows, of_tweets.value.rows));
  co_return pause* rows / max_rows;
}

void cleaner::note(const storage::committed<step>& done) {
  backends_.invalidate(done);
  switch (done.value.of) {
    case table::none:
      break;
    case table::connections:
      metrics_.connections.add(done.value.rows);
      break;
    case table::favorites:
      metrics_.favorites.add(done.value.rows);
      break;
    case table::tweets:
      metrics_.tweets.add(done.value.rows);
      break;
    case table::idempotency_keys:
      metrics_.idempotency_keys.add(done.value.rows);
      break;
  }
}

}  // namespace linnet::cleaning
