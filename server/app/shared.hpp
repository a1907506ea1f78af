// What all event loops of a server share. Everything here is safe to use from any of them.
#pragma once

#include "app/config.hpp"
#include "cleaning/cleaner.hpp"
#include "core/ids.hpp"
#include "http/session.hpp"
#include "storage/change_feed.hpp"
#include "timelines/recent_tweets_feed.hpp"
#include "timelines/timeline.hpp"

namespace linnet::app {

// The server was told to stop before it could begin.
struct interrupted_start : std::exception {};

struct shared {
  // Waits for the database to hand out the node number, until `interrupted`: then throws interrupted_start.
  shared(const config&, const std::function<bool()>& interrupted);

  metric_registry metrics;
  storage::reader_metrics reader_metrics;
  storage::reader_metrics replica_metrics;
  storage::writer_metrics writer_metrics;
  storage::memcached_metrics memcached_metrics;
  storage::local_cache_metrics memory_metrics;
  timelines::timeline_metrics timeline_metrics;
  http::quota_metrics quota_metrics;
  cleaning::cleaning_metrics cleaning_metrics;
  std::atomic<bool> rows_left{false};
  counter purged_sessions, purged_idempotency_keys;
  std::atomic<std::chrono::steady_clock::time_point> all_purged_at{std::chrono::steady_clock::now()};
  std::atomic<bool> draining{false};
  http::buffer_budget buffers;
  http::session_limits sessions;
  storage::connector connector;
  id_generator ids;
  http::rate_limiter limiter;  // outlives the workers of the cache, which tell it of other servers
  storage::memcached cache;
  storage::local_cache memory;
  storage::change_positions positions;
  storage::replica_set replicas;
  storage::answered_batches answered;
  timelines::recent_tweets recent_tweets;
  storage::change_feed changes;
  timelines::recent_tweets_feed recent_tweets_feed;
  storage::database_writer writer;
  users::password_hasher passwords;

 private:
  http::shared_counts::exchange quotas_in_memcached(const config&);
  void announce_metrics(const config&);
};

}  // namespace linnet::app
