#include "app/shared.hpp"

#include <thread>

#include "app/metrics.hpp"
#include "app/statements.hpp"
#include "core/log.hpp"

namespace linnet::app {

namespace {

// Every start takes a fresh number, so a server that comes back with its clock set back can't repeat ids.
int node_of(const config& c, const storage::connector& connector, const std::function<bool()>& interrupted) {
  if (c.node >= 0) return c.node;
  for (bool logged = false; !interrupted(); logged = true) {
    try {
      const auto link = connector.connect();
      const std::atomic<bool> commits{false};
      const auto limited = connector.limit(*link, std::chrono::steady_clock::now(), commits);
      pqxx::work tx(*link);
      const int node = tx.exec1("SELECT nextval('server_nodes')")[0].as<int>();
      tx.commit();
      return node;
    } catch (const pqxx::broken_connection& e) {
      if (!logged)
        log_event(log_level::warning, "waiting for the database", {{"error", first_line(e.what())}});
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
  }
  throw interrupted_start();
}

std::vector<timelines::recent_tweet> recent_tweets_of(const storage::change_feed::posts& posts) {
  std::vector<timelines::recent_tweet> tweets;
  for (const auto& [author, id] : posts) tweets.push_back({id, author});
  return tweets;
}

}  // namespace

shared::shared(const config& c, const std::function<bool()>& interrupted)
    : buffers(c.request_memory_mib * 1024 * 1024),
      sessions(c.sessions),
      connector(c.database, all_statements(), c.request_timeout),
      ids(node_of(c, connector, interrupted)),
      limiter(c.limits, quota_metrics, quotas_in_memcached(c)),
      cache(c.memcached, memcached_metrics),
      memory(c.memory, memory_metrics),
      replicas(c.replicas, all_statements(), c.request_timeout),
      recent_tweets(c.recent_tweets_mib * 1024 * 1024 / timelines::recent_tweets::bytes_per_tweet),
      changes(connector,
              {memory, cache, positions, replicas,
               [this](const auto& posts) { recent_tweets.add(recent_tweets_of(posts)); }},
              answered, ids.node()),
      recent_tweets_feed(connector, recent_tweets, ids.node()),
      writer(
          connector, cache, c.writer, writer_metrics, answered, ids.node(),
          [this](const storage::changes& keys, storage::lsn at) { changes.take_up(keys, at); },
          [this](const storage::changes& keys) { changes.leave_to_others(keys); }),
      passwords(c.passwords) {
  connector.watch_primary([this] { return changes.primary_answers(); });
  sessions.buffers = &buffers;
  announce_metrics(c);
  announce_process(metrics);
  metrics.add_counter("linnet_log_lines_dropped_total", "Lines that nobody read in time.", {},
                      [] { return static_cast<double>(dropped_log_lines()); });
}

http::shared_counts::exchange shared::quotas_in_memcached(const config& c) {
  if (c.memcached.nodes.empty()) return {};
  return [this](std::string key, std::string record, std::chrono::seconds ttl, auto heard) {
    return cache.append({std::move(key), std::move(record), ttl, std::move(heard)});
  };
}

void shared::announce_metrics(const config& c) {
  const auto count = [this](const char* name, const char* help, metric_registry::labels tags,
                            const counter& n) { metrics.add(name, help, std::move(tags), n); };
  const char* lookups = "Lookups of objects, by cache level and outcome.";
  count("linnet_cache_lookups_total", lookups, {{"level", "memory"}, {"outcome", "hit"}},
        memory_metrics.hits);
  count("linnet_cache_lookups_total", lookups, {{"level", "memory"}, {"outcome", "miss"}},
        memory_metrics.misses);
  count("linnet_cache_lookups_total", lookups, {{"level", "memory"}, {"outcome", "join"}},
        memory_metrics.joins);
  count("linnet_cache_lookups_total", lookups, {{"level", "memcached"}, {"outcome", "hit"}},
        memcached_metrics.hits);
  count("linnet_cache_lookups_total", lookups, {{"level", "memcached"}, {"outcome", "miss"}},
        memcached_metrics.misses);
  count("linnet_memcached_errors_total", "Failures after which a node was left alone.", {},
        memcached_metrics.errors);
  count("linnet_memcached_round_trips_total", "Multi-gets sent to memcached.", {},
        memcached_metrics.round_trips);
  const char* quotas = "Sums of quotas that were told to the other servers, by outcome.";
  count("linnet_quota_reports_total", quotas, {{"outcome", "shared"}}, quota_metrics.shared);
  count("linnet_quota_reports_total", quotas, {{"outcome", "failed"}}, quota_metrics.failed);
  metrics.add_gauge("linnet_quota_subjects", "Accounts, addresses and names that were counted this minute.",
                    {}, [this] { return static_cast<double>(limiter.subjects()); });
  const char* reads = "Read statements sent.";
  count("linnet_database_reads_total", reads, {{"from", "primary"}}, reader_metrics.statements);
  count("linnet_database_reads_total", reads, {{"from", "replica"}}, replica_metrics.statements);
  const char* keys = "Keys asked for by read statements.";
  count("linnet_database_read_keys_total", keys, {{"from", "primary"}}, reader_metrics.keys);
  count("linnet_database_read_keys_total", keys, {{"from", "replica"}}, replica_metrics.keys);
  count("linnet_database_commits_total", "Write transactions committed.", {}, writer_metrics.commits);
  count("linnet_database_writes_total", "Write requests run.", {}, writer_metrics.requests);
  count("linnet_database_write_retries_total", "Transactions run again after a conflict.", {},
        writer_metrics.retries);
  const char* purged = "Rows dropped because they had expired.";
  count("linnet_purged_rows_total", purged, {{"table", "sessions"}}, purged_sessions);
  count("linnet_purged_rows_total", purged, {{"table", "idempotency_keys"}}, purged_idempotency_keys);
  metrics.add_gauge(
      "linnet_purge_lag_seconds", "Since this server last dropped all that had expired, or started.", {},
      [this] {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - all_purged_at.load()).count();
      });

  const char* cleaned = "Rows deleted after their user or tweet was.";
  const auto count_cleaned = [&](const char* name, cleaning::table of) {
    count("linnet_cleaned_rows_total", cleaned, {{"table", name}},
          cleaning_metrics.rows[static_cast<std::size_t>(of)]);
  };
  count_cleaned("connections", cleaning::table::connections);
  count_cleaned("favorites", cleaning::table::favorites);
  count_cleaned("tweets", cleaning::table::tweets);
  count_cleaned("idempotency_keys", cleaning::table::idempotency_keys);
  metrics.add_gauge("linnet_cleaning_lag_seconds",
                    "Since the oldest deletion of which rows are left; 0: none is left.", {},
                    [this] { return cleaning_metrics.lag_seconds.load(); });

  for (std::size_t i = 0; i < replicas.all().size(); ++i) {
    const metric_registry::labels which{{"replica", replicas.all()[i]->name}};
    metrics.add_gauge("linnet_replica_usable", "Whether reads go to the replica.", which,
                      [this, i] { return replicas.is_usable(i) ? 1.0 : 0.0; });
    metrics.add_gauge("linnet_replica_lag_seconds", "How far the replica is behind the primary.", which,
                      [this, i] { return replicas.lag(i).count(); });
  }

  const char* pages = "Pages of home timelines, by where they were merged.";
  count("linnet_timeline_pages_total", pages, {{"merged", "memory"}}, timeline_metrics.from_memory);
  count("linnet_timeline_pages_total", pages, {{"merged", "database"}}, timeline_metrics.from_database);
  metrics.add_gauge("linnet_recent_tweets", "Newest tweets in this server's own memory.", {},
                    [this] { return static_cast<double>(recent_tweets.size()); });
  metrics.add_gauge("linnet_recent_tweets_lag_seconds", "Since they were last compared with the database.",
                    {}, [this] { return std::chrono::duration<double>(recent_tweets_feed.lag()).count(); });
  metrics.add_gauge("linnet_changes_lag_seconds",
                    "Since the primary was last asked for changes and answered.", {},
                    [this] { return std::chrono::duration<double>(changes.lag()).count(); });
  metrics.add_gauge("linnet_recent_tweets_fill_seconds",
                    "How long it took to read them at the start; 0: not yet.", {},
                    [this] { return recent_tweets_feed.fill_time().count(); });

  const char* sizes = "Requests or keys that share a round trip.";
  metrics.add("linnet_batch_size", sizes, {{"backend", "database_read"}}, reader_metrics.batch_size);
  metrics.add("linnet_batch_size", sizes, {{"backend", "database_write"}}, writer_metrics.batch_size);
  metrics.add("linnet_batch_size", sizes, {{"backend", "memcached"}}, memcached_metrics.batch_size);
  const char* times = "Time of one round trip or transaction.";
  metrics.add("linnet_backend_seconds", times, {{"backend", "database_read"}}, reader_metrics.round_trip);
  metrics.add("linnet_backend_seconds", times, {{"backend", "database_write"}}, writer_metrics.transaction);

  metrics.add_gauge("linnet_request_memory_bytes",
                    "Held by requests that arrive and answers that leave, beyond 8 KiB of each connection.",
                    {}, [this] { return static_cast<double>(buffers.held()); });
  metrics.add_constant("linnet_request_memory_limit_bytes", "How much they may hold.", {}, buffers.limit());

  const char* depth = "What waits in a queue.";
  metrics.add_gauge("linnet_queue_depth", depth, {{"queue", "database_write"}},
                    [this] { return static_cast<double>(writer.queued()); });
  metrics.add_gauge("linnet_queue_depth", depth, {{"queue", "memcached"}},
                    [this] { return static_cast<double>(cache.queued()); });
  metrics.add_gauge("linnet_queue_depth", depth, {{"queue", "passwords"}},
                    [this] { return static_cast<double>(passwords.queued()); });
  const char* limit = "How much may wait in it.";
  metrics.add_constant("linnet_queue_limit", limit, {{"queue", "database_write"}}, c.writer.queue_limit);
  metrics.add_constant("linnet_queue_limit", limit, {{"queue", "memcached"}},
                       c.memcached.queue_limit * cache.nodes());
  metrics.add_constant("linnet_queue_limit", limit, {{"queue", "passwords"}}, c.passwords.queue_limit);
  metrics.add_constant("linnet_database_connections", "Connections of each pool.", {{"pool", "write"}},
                       c.writer.threads);
  metrics.add_gauge("linnet_database_connections_busy",
                    "Connections with a round trip under way, of each pool.", {{"pool", "write"}},
                    [this] { return static_cast<double>(writer.busy_threads()); });
  metrics.add_constant("linnet_memcached_nodes", "Memcached nodes that it was told of.", {}, cache.nodes());
  metrics.add_gauge("linnet_memcached_nodes_up", "Memcached nodes in use.", {},
                    [this] { return static_cast<double>(cache.nodes_up()); });
  metrics.add_gauge("linnet_memory_entries", "Objects in this server's own cache.", {},
                    [this] { return static_cast<double>(memory.size()); });
}

}  // namespace linnet::app
