// Batched writes. A writer thread that is free takes all the requests that wait for one kind of write (up to
// a cap) and runs them as one transaction: one commit, one fsync for all of them. Each request has an outcome
// of its own; operations filter bad rows by joins, not by exceptions, so that one never fails its neighbours.
// Of one kind one batch is under way at a time: what arrives meanwhile is the next one, all of it, and no two
// wait for each other's locks on a hot row.
//
// A request learns its outcome only after its commit, and after memcached holds no older value of what was
// changed: the tombstones of a whole batch go together, each object once. With it comes the position in the
// WAL at which it is visible.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "core/metrics.hpp"
#include "storage/change_log.hpp"
#include "storage/connector.hpp"
#include "storage/memcached.hpp"
#include "storage/ticket.hpp"
#include "storage/transaction.hpp"

namespace linnet::storage {

struct writer_options {
  std::size_t threads = 2;
  std::size_t batch_cap = 256;
  std::size_t queue_limit = 16'384;  // requests that may wait; beyond it: 503
};

struct writer_metrics {
  size_histogram batch_size;
  latency_histogram transaction;
  counter commits;
  counter requests;
  counter retries;
};

// What a write came to, the position in the WAL at which it is visible, and the cached objects it changed.
template <class Outcome>
struct committed {
  Outcome value{};
  lsn at = 0;
  changes changed;
};

// A kind of batched write. `run` sees the requests of one batch and returns their outcomes in the same order;
// it may run again from scratch after a deadlock, so it changes nothing but the database.
template <class Request, class Outcome>
struct write_operation {
  std::string_view name;
  std::vector<Outcome> (*run)(transaction&, const std::vector<Request>&);
  // What a request changed: the transaction leaves it in the outbox for the other servers.
  changes (*changed)(const Request&, const Outcome&);
};

// One transaction's worth of work, taken from a queue.
class write_job {
 public:
  virtual ~write_job() = default;
  virtual std::string_view name() const = 0;
  virtual std::size_t size() const = 0;
  virtual void run(transaction&) = 0;
  // Of all its requests, once it has run.
  virtual changes changed() = 0;
  // False if one of them was given up, and does not learn of it.
  virtual bool settle(lsn at, resumptions&) = 0;
  virtual void fail(const std::exception_ptr&, resumptions&) = 0;
  // The same work, one request a job.
  virtual std::vector<std::unique_ptr<write_job>> split() = 0;
};

class write_queue {
 public:
  virtual ~write_queue() = default;
  virtual std::size_t size() const = 0;
  virtual bool one_at_a_time() const = 0;
  virtual std::unique_ptr<write_job> take(std::size_t cap) = 0;  // null when all that waited were abandoned

  bool has_turn = false;  // or is under way, one at a time
};

class database_writer {
 public:
  // What was changed by a batch of which not all requests still wait: nobody else voids it in memory.
  using unclaimed = std::function<void(const changes&, lsn at)>;

  // What was changed by a batch whose tombstones did not reach memcached: other servers, which may reach it,
  // have to see to that.
  using not_voided = std::function<void(const changes&)>;

  // `node` is this server's part of ids; tells `answered` of the batches that are known to be committed.
  // `unclaimed` and `not_voided` may be called until the cache is stopped.
  database_writer(connector&, memcached&, const writer_options&, writer_metrics&, answered_batches& answered,
                  int node, unclaimed, not_voided);
  ~database_writer();

  // Stops once all that waits has run, but for tombstones under way.
  void stop();
  std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }
  // Threads with a transaction under way.
  std::size_t busy_threads() const { return busy_.load(std::memory_order_relaxed); }

  // Called on an event loop. Throws problem: overloaded; unavailable, then the outcome is unknown.
  template <class Request, class Outcome>
  awaitable<committed<Outcome>> submit(deadlines&, const write_operation<Request, Outcome>&, Request);

  // Runs a transaction of its own, not batched. A problem thrown by `work` rolls back and reaches the caller.
  template <class Outcome>
  awaitable<committed<Outcome>> transact(deadlines&, std::string_view name,
                                         std::function<Outcome(transaction&)> work,
                                         std::function<changes(const Outcome&)> changed);

 private:
  template <class Queue, class Item>
  void enqueue(const void* kind, const std::function<std::unique_ptr<write_queue>()>& make, Item item);
  void admit() const;
  void work();
  write_queue* take_turn(std::unique_lock<std::mutex>&);
  void pass_turn(write_queue&);
  struct link {  // of one thread
    std::unique_ptr<pqxx::connection> connection;
    waiter::clock::time_point opened{};
    std::atomic<bool> commits{false};
    // Until then the thread waits for locks for a moment only: somebody holds one for long.
    waiter::clock::time_point impatient_until{};
    bool impatient = false;  // what the connection is set to
  };
  void set_patience(link&) const;
  void run(link&, std::unique_ptr<write_job>);
  void execute(link&, std::unique_ptr<write_job>);
  void execute_singly(link&, write_job&);
  void answer(std::unique_ptr<write_job>, const changes&, lsn at);

  connector& connector_;
  memcached& cache_;
  const writer_options& options_;
  writer_metrics& metrics_;
  answered_batches& answered_;
  const int node_;
  const unclaimed unclaimed_;
  const not_voided not_voided_;
  std::atomic<int> batches_{0};
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<const void*, std::unique_ptr<write_queue>> queues_;  // by operation
  std::deque<write_queue*> turns_;  // with waiting requests, the longest-waiting first
  std::atomic<std::size_t> queued_{0};
  std::atomic<std::size_t> busy_{0};
  std::atomic<bool> failing_{false};
  bool stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace linnet::storage

#include "storage/database_writer_impl.hpp"
