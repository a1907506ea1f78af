#include "app/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "app/metrics.hpp"
#include "core/log.hpp"

namespace linnet::app {

namespace {

constexpr auto tick_interval = std::chrono::milliseconds(50);
constexpr auto purge_pause = std::chrono::milliseconds(100);  // between two batches

}  // namespace

loop::loop(const config& c, shared& s, bool first)
    : first_(first),
      config_(c),
      shared_(s),
      deadlines_(events_, c.request_timeout),
      reader_(events_, deadlines_, s.connector, c.reader, s.reader_metrics),
      reads_(deadlines_, reader_, replica_readers_, s.replicas, s.positions),
      backends_{deadlines_, reads_, s.writer, s.cache, s.memory, s.positions, s.rows_left},
      users_(backends_, s.passwords),
      sessions_(backends_, users_, s.passwords, s.ids, s.changes, c.session_lifetime),
      connections_(backends_),
      tweets_(backends_, users_, s.ids, s.recent_tweets),
      favorites_(backends_, tweets_),
      timelines_(backends_, users_, tweets_, s.recent_tweets, s.recent_tweets_feed, s.timeline_metrics),
      replica_changes_(reads_, s.replicas, s.changes),
      sightings_(deadlines_, s.changes, replica_changes_),
      cleaner_(events_, backends_, s.cleaning_metrics, c.cleaning_interval),
      tick_timer_(events_),
      purge_timer_(events_) {
  add_domains();
  add_probes();
  add_replicas();
  dispatcher_ = std::make_unique<http::dispatcher>(events_, c.dispatcher, router_, sessions_, sightings_,
                                                   s.limiter, s.metrics, s.draining);
  s.metrics.add_gauge("linnet_queue_depth", "What waits in a queue.", {{"queue", "database_read"}},
                      [this] { return static_cast<double>(reader_.queued_keys()); });
  s.metrics.add_constant("linnet_queue_limit", "How much may wait in it.", {{"queue", "database_read"}},
                         c.reader.queue_limit);
  s.metrics.add_constant("linnet_database_connections", "Connections of each pool.", {{"pool", "read"}},
                         c.reader.connections);
  s.metrics.add_gauge("linnet_database_connections_busy",
                      "Connections with a round trip under way, of each pool.", {{"pool", "read"}},
                      [this] { return static_cast<double>(reader_.busy_connections()); });
  s.metrics.add_gauge("linnet_http_connections", "Open client connections.", {},
                      [this] { return listener_ ? static_cast<double>(listener_->sessions()) : 0.0; });
}

asio::ip::tcp::endpoint loop::listen(const asio::ip::tcp::endpoint& at, std::size_t max_connections) {
  listener_ = std::make_unique<http::listener>(events_, at, shared_.sessions, max_connections, *dispatcher_);
  return listener_->local_endpoint();
}

void loop::run() {
  reader_.start();
  for (auto& r : replica_readers_) r->start();
  listener_->start();
  asio::co_spawn(events_, tick(), asio::detached);
  asio::co_spawn(events_, purge(), asio::detached);
  if (first_) asio::co_spawn(events_, cleaner_.run(), asio::detached);
  events_.run();
}

void loop::drain() {
  asio::post(events_, [this] { listener_->drain(config_.drain_grace); });
}

bool loop::ready() const {
  return !shared_.draining && reader_.available() && shared_.changes.primary_answers();
}

// Ends what waits too long. Once the server drains and the last connection is closed, lets the loop run dry.
awaitable<void> loop::tick() {
  for (;;) {
    tick_timer_.expires_after(tick_interval);
    co_await tick_timer_.async_wait(asio::as_tuple(use_awaitable));
    const auto now = storage::waiter::clock::now();
    deadlines_.sweep(now);
    reader_.sweep(now);
    for (auto& r : replica_readers_) r->sweep(now);
    shared_.replicas.review(now);
    dispatcher_->tick(now);
    flush_log({});
    if (shared_.draining && listener_->drained()) break;
  }
  purge_timer_.cancel();
  cleaner_.stop();
  for (auto& r : replica_readers_) r->stop();
  reader_.stop();
}

// Batch after batch until nothing has expired, then again after the interval; whatever fails.
awaitable<void> loop::purge() {
  bool more = false;
  while (!shared_.draining) {
    purge_timer_.expires_after(more ? purge_pause : config_.purge_interval);
    co_await purge_timer_.async_wait(asio::as_tuple(use_awaitable));
    if (shared_.draining) co_return;
    request_context::set({});
    more = false;
    try {
      const auto gone = co_await sessions_.purge();
      shared_.purged_sessions.add(gone.sessions);
      shared_.purged_idempotency_keys.add(gone.idempotency_keys);
      more = gone.may_be_more();
      if (!more) shared_.all_purged_at = std::chrono::steady_clock::now();
    } catch (const std::exception& e) {
      log_event(log_level::warning, "purge failed", {{"error", first_line(e.what())}});
    }
  }
}

void loop::add_replicas() {
  for (const auto& replica : shared_.replicas.all()) {
    replica_readers_.push_back(std::make_unique<storage::database_reader>(
        events_, deadlines_, replica->link, config_.reader, shared_.replica_metrics));
    replica_readers_.back()->read_from(*replica, reader_);
  }
  if (!replica_readers_.empty()) reader_.note_positions(shared_.positions);
}

// GET /healthz: the process is up; GET /readyz: it can serve; GET /metrics
void loop::add_probes() {
  const auto probe = [this](std::string path, std::string name, auto answer) {
    router_.add({http::verb::get, std::move(path), std::move(name), http::access::anyone, http::quota::none,
                 [answer](http::request&) { return answer(); }});
  };
  probe("/healthz", "healthz",
        []() -> awaitable<http::response> { co_return http::json(200, "{\"status\":\"up\"}"); });
  static constexpr auto readyz = [](const loop& l) -> awaitable<http::response> {
    if (!l.ready()) throw problem(problem_type::unavailable, "The server drains, or its database is away.");
    co_return http::json(200, "{\"status\":\"ready\"}");
  };
  probe("/readyz", "readyz", [this] { return readyz(*this); });
  static constexpr auto metrics = [](const shared& s) -> awaitable<http::response> {
    http::response answer = http::json(200, render_metrics(s.metrics));
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return answer;
  };
  probe("/metrics", "metrics", [this] { return metrics(shared_); });
}

void loop::add_domains() {
  users::add_routes(router_, users_);
  sessions::add_routes(router_, sessions_, shared_.limiter);
  connections::add_routes(router_, users_, connections_);
  tweets::add_routes(router_, users_, tweets_);
  favorites::add_routes(router_, users_, tweets_, favorites_);
  timelines::add_routes(router_, timelines_);
}

}  // namespace linnet::app
