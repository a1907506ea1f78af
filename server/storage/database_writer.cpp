#include "storage/database_writer.hpp"

#include "core/log.hpp"

namespace linnet::storage {

namespace {

constexpr int max_write_attempts = 5;

// The primary can't take writes now: resources (53), intervention (57), read-only (25006), lock timeout
// (55P03).
bool is_unavailable(const pqxx::sql_error& e) {
  const auto& state = e.sqlstate();
  return state.starts_with("53") || state.starts_with("57") || state.starts_with("08") || state == "25006" ||
         state == "55P03" || state.empty();
}

// Somebody else, such as an analyst's transaction, holds a lock on a row, for longer than servers do.
bool is_locked(const pqxx::sql_error& e) {
  return e.sqlstate() == "55P03";
}

// For `impatience` after a writer thread met such a lock, it waits for a lock for short_lock_timeout at most.
// It runs a batch with a locked row one by one, so that only the requests which need the row are refused.
constexpr auto short_lock_timeout = std::chrono::milliseconds(50);
constexpr auto impatience = std::chrono::seconds(10);

// Each once.
changes unique(changes keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

// The statement that leaves them in the outbox; none when there are none.
std::string note_of(const changes& keys, batch_id by, const transaction& tx) {
  if (keys.empty()) return {};
  return execute_text(tx, note_changes, by.column(), hex_of(keys));
}

std::exception_ptr unavailable(const char* detail) {
  return std::make_exception_ptr(problem(problem_type::unavailable, detail));
}

}  // namespace

database_writer::database_writer(connector& c, memcached& cache, const writer_options& options,
                                 writer_metrics& metrics, answered_batches& answered, int node, unclaimed u,
                                 not_voided n)
    : connector_(c),
      cache_(cache),
      options_(options),
      metrics_(metrics),
      answered_(answered),
      node_(node),
      unclaimed_(std::move(u)),
      not_voided_(std::move(n)) {
  for (std::size_t i = 0; i < options.threads; ++i) threads_.emplace_back([this] { work(); });
}

database_writer::~database_writer() {
  stop();
}

void database_writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  ready_.notify_all();
  for (auto& t : threads_) {
    if (t.joinable()) t.join();
  }
}

void database_writer::admit() const {
  if (queued() >= options_.queue_limit) fail_overloaded("database");
}

void database_writer::work() {
  link own;
  std::unique_lock lock(mutex_);
  while (write_queue* queue = take_turn(lock)) {
    const std::size_t before = queue->size();
    auto job = queue->take(options_.batch_cap);
    queued_ -= before - queue->size();
    if (!queue->one_at_a_time()) pass_turn(*queue);
    if (!turns_.empty()) ready_.notify_one();
    lock.unlock();
    if (job) run(own, std::move(job));
    lock.lock();
    if (queue->one_at_a_time()) pass_turn(*queue);
  }
}

// The longest-waiting queue, once there is one; null when nothing will come any more.
write_queue* database_writer::take_turn(std::unique_lock<std::mutex>& lock) {
  ready_.wait(lock, [this] { return stopped_ || !turns_.empty(); });
  if (turns_.empty()) return nullptr;
  write_queue* queue = turns_.front();
  turns_.pop_front();
  return queue;
}

void database_writer::set_patience(link& own) const {
  const bool impatient = waiter::clock::now() < own.impatient_until;
  if (impatient == own.impatient) return;
  pqxx::nontransaction session(*own.connection);
  const auto limit = impatient ? short_lock_timeout : connector_.lock_timeout();
  session.exec0("SET lock_timeout = " + std::to_string(limit.count()));
  own.impatient = impatient;
}

void database_writer::run(link& own, std::unique_ptr<write_job> job) {
  metrics_.requests.add(job->size());
  metrics_.batch_size.observe(static_cast<double>(job->size()));
  const auto begin = waiter::clock::now();
  ++busy_;
  execute(own, std::move(job));
  --busy_;
  metrics_.transaction.observe(waiter::clock::now() - begin);
}

// To the end of the line, if anything waits there. The caller holds the mutex.
void database_writer::pass_turn(write_queue& queue) {
  queue.has_turn = queue.size() != 0;
  if (queue.has_turn) turns_.push_back(&queue);
}

void database_writer::execute(link& own, std::unique_ptr<write_job> job) {
  auto& connection = own.connection;
  std::exception_ptr failure;
  for (int attempt = 1; attempt <= max_write_attempts; ++attempt) {
    try {
      if (!connection || !connection->is_open() || connector_.is_outdated(own.opened)) {
        connection = connector_.connect();
        own.opened = waiter::clock::now();
        own.impatient = false;
      }
      failing_ = false;
      own.commits = false;
      const auto limited = connector_.limit(*connection, own.opened, own.commits);
      set_patience(own);
      transaction tx(*connection);
      job->run(tx);
      const batch_id by{node_, ++batches_ % batch_id::max_number};
      const changes changed = unique(job->changed());
      own.commits = true;
      const lsn at = tx.commit(note_of(changed, by, tx));
      metrics_.commits.add();
      if (!changed.empty()) answered_.add(by.number);
      return answer(std::move(job), changed, at);
    } catch (const pqxx::in_doubt_error&) {
      connection.reset();
      failure = unavailable("The database went away during the commit: the outcome is unknown.");
      break;
    } catch (const pqxx::broken_connection& e) {
      // Nothing was committed. A stale connection is replaced at once; a database that is away fails the job.
      const bool connecting = !connection;
      connection.reset();
      failure = unavailable("The database is away.");
      if (connecting) {
        if (!failing_.exchange(true))
          log_event(log_level::warning, "writer can't connect", {{"error", first_line(e.what())}});
        break;
      }
    } catch (const pqxx::transaction_rollback&) {
      metrics_.retries.add();  // a deadlock: all of it runs again
      failure = unavailable("The write conflicted with others too often.");
    } catch (const problem&) {
      if (job->size() > 1) return execute_singly(own, *job);
      failure = std::current_exception();
      break;
    } catch (const pqxx::sql_error& e) {
      if (is_locked(e)) own.impatient_until = waiter::clock::now() + impatience;
      if (is_locked(e) && job->size() > 1) return execute_singly(own, *job);
      if (is_unavailable(e)) {
        log_event(log_level::warning, "write refused",
                  {{"operation", std::string(job->name())}, {"error", first_line(e.what())}});
        if (!is_locked(e)) connection.reset();
        failure = unavailable("The database can't take writes now.");
        break;
      }
      log_event(log_level::error, "write failed",
                {{"operation", std::string(job->name())}, {"error", first_line(e.what())}});
      if (job->size() > 1) return execute_singly(own, *job);
      failure = std::current_exception();
      break;
    } catch (const std::exception& e) {
      // libpqxx 6 does not always call a lost connection by its name.
      if (connection && !connection->is_open()) {
        connection.reset();
        failure = unavailable("The database is away.");
        continue;
      }
      log_event(log_level::error, "write failed",
                {{"operation", std::string(job->name())}, {"error", first_line(e.what())}});
      if (job->size() > 1) return execute_singly(own, *job);
      failure = std::current_exception();
      break;
    }
  }
  resumptions resumed;
  job->fail(failure, resumed);
}

void database_writer::answer(std::unique_ptr<write_job> job, const changes& changed, lsn at) {
  const std::shared_ptr<write_job> done = std::move(job);
  cache_.invalidate(changed, at, [this, done, changed, at](bool everywhere) {
    if (!everywhere) not_voided_(changed);
    resumptions resumed;
    if (!done->settle(at, resumed)) unclaimed_(changed, at);
  });
}

// Something in the batch is refused for a reason no join filtered: only the one request shall pay for it.
void database_writer::execute_singly(link& own, write_job& job) {
  for (auto& single : job.split()) execute(own, std::move(single));
}

}  // namespace linnet::storage
