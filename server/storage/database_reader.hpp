// Batched reads, driven by the event loop. Every statement takes arrays of keys and answers with rows whose
// column 0 is the 1-based position of the key they belong to. A connection that is free takes all the keys
// that wait for one statement (up to a cap) and reads them in one round trip; there is no timer and no added
// delay. Of one statement one round trip is under way at a time: what is asked for meanwhile goes in the
// next.
//
// One reader an event loop and database; not thread-safe. libpqxx's pipeline sends a statement without
// waiting; the loop watches the socket. Only connecting may block, so that happens on the connector's thread.
//
// The reader of a replica asks along with each read, in a statement before it, how far the replica is. What
// needs a later position, what it can't answer, and rows that it lacks though it may only be late, it hands
// over to the reader of the primary. That one notes how far the primary is after each read: a replica that is
// behind may not be asked for these objects again.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include <pqxx/pqxx>

#include "core/metrics.hpp"
#include "storage/change_positions.hpp"
#include "storage/connector.hpp"
#include "storage/pipelined_connection.hpp"
#include "storage/replica_set.hpp"
#include "storage/statement.hpp"
#include "storage/ticket.hpp"

namespace linnet::storage {

struct reader_options {
  std::size_t connections = 2;     // of each event loop
  std::size_t batch_cap = 256;     // keys of one round trip, and their weight
  std::size_t queue_limit = 4096;  // keys that may wait on one loop; beyond it: 503
};

struct reader_metrics {
  size_histogram batch_size;
  latency_histogram round_trip;
  counter statements;
  counter keys;
};

// A request that waits for its rows.
class pending_read {
 public:
  virtual ~pending_read() = default;
  virtual std::size_t keys() const = 0;
  virtual std::size_t weight() const = 0;  // in keys that cost the database little
  virtual bool abandoned() const = 0;      // its deadline passed
  virtual void bind(std::vector<array_text>& parameters) const = 0;
  // Where the database has to be at least.
  virtual lsn needs() const { return 0; }
  // Whether a row is missing that a late replica would not have.
  virtual bool misses_rows() const { return false; }
  // The database was there at most when it was read.
  virtual void note(change_positions&, lsn) const {}
  virtual void add_row(std::size_t key, const pqxx::row& row) = 0;
  virtual void restart() = 0;  // forgets the rows of a round trip that broke
  virtual void finish(resumptions&) = 0;
  virtual void fail(std::exception_ptr, resumptions&) = 0;
  int attempts = 0;
};

// What a replica may do for a statement.
enum class replica_use {
  read,        // read it
  read_found,  // read it, but each key should have a row: what it doesn't find is looked for on the primary
  stand_in,    // the same, and only while the primary is away
};

// What a store declares: the statement, how a key becomes parameters, how a row (from column 1 on) becomes a
// value; what a key costs; and for replicas, which object's changes change the answer. Null: the primary
// alone is asked.
template <class Key, class Row>
struct read_statement {
  const statement& sql;
  std::size_t parameters;
  void (*bind)(const Key&, std::vector<array_text>&);
  Row (*parse)(const pqxx::row&);
  std::function<cache_key(const Key&)> subject = nullptr;
  replica_use use = replica_use::read;
  int (*cost)(const Key&) = nullptr;  // in units of request_context::charge(); null: 1
  int weight = 1;                     // a key fills at least so much of a batch
};

// For keys that have one row at most: that row, or null.
template <class Pointer>
std::vector<Pointer> first_rows(std::vector<std::vector<Pointer>> rows) {
  std::vector<Pointer> found;
  found.reserve(rows.size());
  for (auto& of_key : rows) found.push_back(of_key.empty() ? nullptr : std::move(of_key.front()));
  return found;
}

class database_reader {
 public:
  database_reader(event_loop&, deadlines&, connector&, const reader_options&, reader_metrics&);
  // Notes what it reads there, since replicas are read too.
  void note_positions(change_positions& noted) { noted_ = &noted; }
  // Makes it the reader of a replica. `primary` has to outlive it.
  void read_from(replica&, database_reader& primary);

  void start();
  // Ends its coroutines; waiting reads fail.
  void stop();
  // On the loop, a few times a second: gives up round trips that hang.
  void sweep(waiter::clock::time_point now);
  bool available() const;
  bool connected() const;
  std::size_t queued_keys() const { return queued_keys_; }
  // Connections with a round trip under way. Any thread.
  std::size_t busy_connections() const { return busy_; }

  // Throws problem: overloaded or unavailable.
  void admit(std::size_t keys) const;
  void enqueue(const statement&, std::size_t parameters, std::unique_ptr<pending_read>);

 private:
  using connection = pipelined_connection;
  struct queue {
    std::size_t parameters = 0;
    bool has_turn = false;  // or is under way
    std::deque<std::unique_ptr<pending_read>> reads;
  };
  using batch = std::vector<std::unique_ptr<pending_read>>;

  static std::exception_ptr unavailable();
  void wake_one();
  awaitable<void> run(connection&);
  awaitable<void> others_first();
  awaitable<void> wait_for_work(connection&);
  awaitable<bool> connect(connection&);
  std::string execute_text(connection&, const statement&, const batch&);
  awaitable<void> round_trip(connection&, const statement&, batch);
  void distribute(const pqxx::result&, batch&);
  void finish(const statement&, batch, lsn replayed);
  void hand_over(const statement&, std::unique_ptr<pending_read>);
  void requeue(const statement&, batch);
  void pass_turn(const statement&, queue&);
  void fail_all(const std::exception_ptr&);
  const statement* next_statement();
  batch take(queue&);

  event_loop& loop_;
  deadlines& deadlines_;
  connector& connector_;
  const reader_options& options_;
  reader_metrics& metrics_;
  std::map<const statement*, queue> queues_;
  std::deque<const statement*> turns_;  // with waiting reads and none under way, the longest-waiting first
  std::atomic<std::size_t> queued_keys_{0};  // read by metrics from other threads
  std::vector<std::unique_ptr<connection>> connections_;
  std::atomic<std::size_t> busy_{0};
  bool stopped_ = false;
  change_positions* noted_ = nullptr;
  replica* replica_ = nullptr;
  database_reader* primary_ = nullptr;  // of a replica's reader
};

}  // namespace linnet::storage
