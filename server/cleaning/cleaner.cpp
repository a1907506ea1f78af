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
  for (;;) {
    timer_.expires_after(wait);
    co_await timer_.async_wait(asio::as_tuple(use_awaitable));
    if (stopped_) co_return;
    wait = idle_pause;
    if (!backends_.rows_left.exchange(false) && clock::now() < next_look_) continue;
    request_context::set({});
    next_look_ = clock::now() + interval_;
    failing_ = std::exchange(failed_, false);
    const bool left = co_await is_anything_left();
    if (left) wait = co_await clean();
    if (!failed_) continue;
    backends_.rows_left = true;
    wait = pause_after_failure;
  }
}

void cleaner::stop() {
  stopped_ = true;
  timer_.cancel();
}

awaitable<bool> cleaner::is_anything_left() {
  try {
    const auto lag = co_await store_.lag();
    metrics_.lag_seconds = lag ? lag->count() : 0;
    co_return lag.has_value();
  } catch (const std::exception& e) {
    note_failure(e);
    co_return false;
  }
}

// One step for a user and one for tweets, whether or not the other fails. Returns the pause after them.
awaitable<std::chrono::milliseconds> cleaner::clean() {
  auto of_user = store_.clean_user(last_user_);
  const auto rows_of_user = co_await attempt(std::move(of_user));
  auto of_tweets = store_.clean_tweets(last_tweet_);
  const auto rows_of_tweets = co_await attempt(std::move(of_tweets));
  if (!rows_of_user && !rows_of_tweets) co_return idle_pause;  // another server is at work
  backends_.rows_left = true;
  const auto rows = static_cast<int>(std::max(rows_of_user.value_or(0), rows_of_tweets.value_or(0)));
  co_return std::chrono::milliseconds(pause.count() * rows / max_rows);
}

// How many rows the step deleted; nullopt: it found nothing to do, or failed.
awaitable<std::optional<std::size_t>> cleaner::attempt(awaitable<storage::committed<step>> one) {
  try {
    const auto done = co_await std::move(one);
    backends_.invalidate(done);
    metrics_.rows[static_cast<std::size_t>(done.value.of)].add(done.value.rows);
    if (done.value.found) co_return done.value.rows;
  } catch (const std::exception& e) {
    note_failure(e);
  }
  co_return std::nullopt;
}

void cleaner::note_failure(const std::exception& e) {
  failed_ = true;
  if (!failing_) log_event(log_level::warning, "cleaning failed", {{"error", first_line(e.what())}});
}

}  // namespace linnet::cleaning
