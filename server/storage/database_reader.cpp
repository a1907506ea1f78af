#include "storage/database_reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "core/log.hpp"

namespace linnet::storage {

namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(use_awaitable);
constexpr int max_read_attempts = 3;  // of one read whose connections break under it
constexpr auto replica_probe_interval = std::chrono::milliseconds(100);  // of a replica that isn't read from

const char replayed_sql[] = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn";
const char flushed_sql[] = "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn";

lsn position_in(const pqxx::result& told) {
  return told.at(0).at(0).as<lsn>(0);  // null: a replica no more
}

std::exception_ptr unavailable() {
  return std::make_exception_ptr(problem(problem_type::unavailable, "The database is away."));
}

}  // namespace

database_reader::database_reader(event_loop& loop, deadlines& d, connector& c, const reader_options& options,
                                 reader_metrics& metrics)
    : loop_(loop), deadlines_(d), connector_(c), options_(options), metrics_(metrics) {
  for (std::size_t i = 0; i < options.connections; ++i)
    connections_.push_back(std::make_unique<connection>(loop));
}

void database_reader::read_from(replica& from, database_reader& primary) {
  replica_ = &from;
  primary_ = &primary;
}

void database_reader::start() {
  for (auto& c : connections_) asio::co_spawn(loop_, run(*c), asio::detached);
}

void database_reader::stop() {
  stopped_ = true;
  fail_all(unavailable());
  for (auto& c : connections_) {
    c->wake.cancel();
    if (c->socket.is_open()) c->socket.cancel();
  }
}

bool database_reader::available() const {
  return std::any_of(connections_.begin(), connections_.end(), [](const auto& c) { return !c->failing; });
}

bool database_reader::connected() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& c) { return c->link != nullptr; });
}

void database_reader::sweep(waiter::clock::time_point now) {
  const std::chrono::milliseconds limit = replica_ ? replica_set::silence_limit : deadlines_.timeout();
  for (auto& c : connections_) {
    if (c->busy_since && now - *c->busy_since > limit) c->socket.cancel();
  }
}

void database_reader::admit(std::size_t keys) const {
  if (!available()) throw problem(problem_type::unavailable, "The database is away.");
  if (queued_keys_ + keys > options_.queue_limit) fail_overloaded("database");
}

void database_reader::enqueue(const statement& s, std::size_t parameters,
                              std::unique_ptr<pending_read> read) {
  auto& q = queues_[&s];
  q.parameters = parameters;
  queued_keys_ += read->keys();
  q.reads.push_back(std::move(read));
  if (q.has_turn) return;
  pass_turn(s, q);
  wake_one();
}

// To the end of the line, if anything waits there.
void database_reader::pass_turn(const statement& s, queue& q) {
  q.has_turn = !q.reads.empty();
  if (q.has_turn) turns_.push_back(&s);
}

void database_reader::wake_one() {
  for (auto& c : connections_) {
    if (!c->idle) continue;
    c->idle = false;
    c->wake.cancel();
    return;
  }
}

awaitable<void> database_reader::run(connection& c) {
  while (!stopped_) {
    if (!c.link) {
      const bool connected = co_await connect(c);
      if (!connected) continue;
    }
    const statement* next = next_statement();
    if (!next) {
      co_await wait_for_work(c);
      continue;
    }
    queue& from = queues_[next];
    batch taken = take(from);
    if (!taken.empty()) co_await round_trip(c, *next, std::move(taken));
    pass_turn(*next, from);
    // One turn is for this connection, unless it broke; the others may be just as dead without knowing.
    if (turns_.size() > 1 || !c.link) wake_one();
    co_await others_first();
  }
  c.drop(connector_);
}

// A replica is asked how far it is meanwhile, for whoever decides whether to read from it.
awaitable<void> database_reader::wait_for_work(connection& c) {
  static constexpr statement probe{"probe", "", "SELECT WHERE false"};
  c.idle = true;
  if (replica_) {
    c.wake.expires_after(replica_probe_interval);
  } else {
    c.wake.expires_at(waiter::clock::time_point::max());
  }
  const auto [interrupted] = co_await c.wake.async_wait(as_tuple_awaitable);
  const bool woken = !c.idle || interrupted;
  c.idle = false;
  if (woken || stopped_) co_return;
  batch nothing;
  co_await round_trip(c, probe, std::move(nothing));
}

// Those who got their rows answer, and the loop reads what has come in meanwhile: all of it goes along with
// the next round trip.
awaitable<void> database_reader::others_first() {
  co_await asio::post(loop_, use_awaitable);
  co_await asio::post(loop_, use_awaitable);  // the first is ahead of the loop's look at its sockets
}

awaitable<bool> database_reader::connect(connection& c) {
  struct outcome {
    std::unique_ptr<pqxx::connection> link;
    std::string error;
    std::atomic<bool> done{false};
  };
  auto result = std::make_shared<outcome>();
  connector_.post([result, &from = connector_] {
    try {
      result->link = from.connect();
    } catch (const std::exception& e) {
      result->error = e.what();
    }
    result->done.store(true, std::memory_order_release);
  });
  // Polled rather than posted back: the loop may be gone by the time a hung server answers.
  while (!result->done.load(std::memory_order_acquire) && !stopped_) {
    c.wake.expires_after(std::chrono::milliseconds(5));
    co_await c.wake.async_wait(as_tuple_awaitable);
  }
  if (stopped_) co_return false;
  if (result->link) {
    c.open(std::move(result->link));
    co_return true;
  }
  if (!c.failing)
    log_event(log_level::warning, "database connection failed", {{"error", first_line(result->error)}});
  c.failing = true;
  if (!available()) fail_all(unavailable());
  c.wake.expires_after(reconnect_pause);
  co_await c.wake.async_wait(as_tuple_awaitable);
  co_return false;
}

std::string database_reader::execute_text(connection& c, const statement& s, const batch& reads) {
  if (reads.empty()) return std::string(s.sql);  // a probe
  std::vector<array_text> parameters(queues_[&s].parameters);
  std::size_t keys = 0;
  for (const auto& read : reads) {
    read->bind(parameters);
    keys += read->keys();
  }
  metrics_.statements.add();
  metrics_.keys.add(keys);
  metrics_.batch_size.observe(static_cast<double>(keys));
  std::string sql = fmt::format("EXECUTE {}(", s.name);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    sql += i ? "," : "";
    sql += c.link->quote(parameters[i].str());
  }
  return sql + ')';
}

awaitable<void> database_reader::round_trip(connection& c, const statement& s, batch reads) {
  const auto begin = waiter::clock::now();
  std::exception_ptr refused;
  bool broken = false;
  c.busy_since = begin;
  ++busy_;
  try {
    // Two statements go in one message, in this order: where a replica is before it reads, where the primary
    // is afterwards.
    if (replica_ || noted_) c.pipeline->retain(1);
    const auto before = replica_ ? c.pipeline->insert(replayed_sql) : 0;
    const auto query = c.pipeline->insert(execute_text(c, s, reads));
    const auto after = noted_ ? c.pipeline->insert(flushed_sql) : 0;
    while (!broken && !c.pipeline->is_finished(noted_ ? after : query)) {
      const auto [ec] = co_await c.socket.async_wait(connection::descriptor::wait_read, as_tuple_awaitable);
      if (ec) broken = true;
      if (!ec) c.pipeline->resume();
    }
    if (!broken) {
      const lsn replayed = replica_ ? position_in(c.pipeline->retrieve(before)) : 0;
      if (replica_) replica_->heard(replayed, waiter::clock::now());
      const pqxx::result rows = c.pipeline->retrieve(query);
      const lsn flushed = noted_ ? position_in(c.pipeline->retrieve(after)) : 0;
      for (const auto& read : reads) {
        if (noted_) read->note(*noted_, flushed);
      }
      distribute(rows, reads);
      finish(s, std::move(reads), replayed);
      reads.clear();
    }
  } catch (const pqxx::broken_connection&) {
    broken = true;
  } catch (const pqxx::sql_error& e) {
    // Class 57: the server shuts down or gave up on the statement. All else is a mistake of ours.
    const bool away = e.sqlstate().starts_with("57") || e.sqlstate().empty();
    log_event(log_level::error, "read failed",
              {{"statement", std::string(s.name)}, {"error", first_line(e.what())}});
    refused = away ? unavailable() : std::current_exception();
    broken = true;  // the pipeline does not go on after an error
  } catch (const std::exception& e) {
    log_event(log_level::error, "read failed",
              {{"statement", std::string(s.name)}, {"error", first_line(e.what())}});
    broken = true;
  }
  c.busy_since.reset();
  --busy_;
  metrics_.round_trip.observe(waiter::clock::now() - begin);
  if (!broken) co_return;
  c.drop(connector_);
  if (refused && !replica_) {
    resumptions resumed;
    for (auto& read : reads) read->fail(refused, resumed);
  } else {
    requeue(s, std::move(reads));
  }
}

void database_reader::distribute(const pqxx::result& rows, batch& reads) {
  std::vector<std::size_t> first_key;  // of each read, counted through the batch
  std::size_t total = 0;
  for (const auto& read : reads) {
    first_key.push_back(total);
    total += read->keys();
  }
  for (const auto& row : rows) {
    const auto key = row[0].as<std::size_t>() - 1;
    const auto owner = static_cast<std::size_t>(std::upper_bound(first_key.begin(), first_key.end(), key) -
                                                first_key.begin()) -
                       1;
    reads[owner]->add_row(key - first_key[owner], row);
  }
}

void database_reader::finish(const statement& s, batch reads, lsn replayed) {
  resumptions resumed;
  for (auto& read : reads) {
    const bool late = replica_ && replayed < read->needs();
    if (late || (replica_ && read->misses_rows())) {
      hand_over(s, std::move(read));
    } else {
      read->finish(resumed);
    }
  }
}

void database_reader::hand_over(const statement& s, std::unique_ptr<pending_read> read) {
  resumptions resumed;
  if (primary_->stopped_ || !primary_->available()) {
    read->fail(unavailable(), resumed);
    return;
  }
  read->restart();
  primary_->enqueue(s, queues_[&s].parameters, std::move(read));
}

// Reads change nothing, so what a broken connection left unanswered is simply asked again.
void database_reader::requeue(const statement& s, batch reads) {
  if (replica_) {
    for (auto& read : reads) hand_over(s, std::move(read));
    if (!connected()) fail_all(unavailable());
    return;
  }
  queue& q = queues_[&s];
  resumptions resumed;
  for (auto read = reads.rbegin(); read != reads.rend(); ++read) {
    if (++(*read)->attempts >= max_read_attempts || stopped_) {
      (*read)->fail(unavailable(), resumed);
      continue;
    }
    (*read)->restart();
    queued_keys_ += (*read)->keys();
    q.reads.push_front(std::move(*read));
  }
}

void database_reader::fail_all(const std::exception_ptr& why) {
  resumptions resumed;
  for (auto& [s, q] : queues_) {
    for (auto& read : q.reads) {
      if (replica_ && !stopped_) {
        hand_over(*s, std::move(read));
      } else {
        read->fail(why, resumed);
      }
    }
    q.reads.clear();
  }
  queued_keys_ = 0;
}

const statement* database_reader::next_statement() {
  if (turns_.empty()) return nullptr;
  const statement* next = turns_.front();
  turns_.pop_front();
  return next;
}

database_reader::batch database_reader::take(queue& q) {
  batch taken;
  std::size_t keys = 0;
  while (!q.reads.empty() && (keys == 0 || keys + q.reads.front()->keys() <= options_.batch_cap)) {
    auto read = std::move(q.reads.front());
    q.reads.pop_front();
    queued_keys_ -= read->keys();
    if (read->abandoned()) continue;
    keys += read->keys();
    taken.push_back(std::move(read));
  }
  return taken;
}

}  // namespace linnet::storage
