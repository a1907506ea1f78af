// What a database_reader sends and what becomes of the answer. See database_reader.hpp.
#include <boost/asio/as_tuple.hpp>
#include <fmt/format.h>

#include "core/log.hpp"
#include "storage/database_reader.hpp"

namespace linnet::storage {

namespace {

constexpr int max_read_attempts = 3;  // of one read whose connections break under it

const char replayed_sql[] = "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn";
const char flushed_sql[] = "SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn";

lsn position_in(const pqxx::result& told) {
  return told.at(0).at(0).as<lsn>(0);  // null: a replica no more
}

}  // namespace

std::exception_ptr database_reader::unavailable() {
  return std::make_exception_ptr(problem(problem_type::unavailable, "The database is away."));
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
      const auto [ec] =
          co_await c.socket.async_wait(connection::descriptor::wait_read, asio::as_tuple(use_awaitable));
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

}  // namespace linnet::storage
