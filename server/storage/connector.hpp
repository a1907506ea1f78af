// Opens database connections on a thread of its own: libpqxx blocks while it connects, event loops must not.
// Also bounds the waits of threads that may block: for a database that hangs, the connection is lost.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <pqxx/pqxx>

#include "storage/hang_watch.hpp"
#include "storage/statement.hpp"

namespace linnet::storage {

constexpr auto reconnect_pause = std::chrono::milliseconds(250);  // of whoever lost a connection
constexpr auto silence_of_a_primary = std::chrono::seconds(2);    // that is gone, for all that is known

class connector {
 public:
  using clock = hang_watch::clock;

  connector(std::string conninfo, statements prepared, std::chrono::milliseconds statement_timeout);
  ~connector();

  // A ready connection with every statement prepared, after the commands in `settings`. Blocks; throws
  // pqxx::failure. Any thread.
  std::unique_ptr<pqxx::connection> connect(std::string_view settings = {}) const;

  // Runs a prepared statement outside of a transaction. Blocks for no longer than `limit`; throws
  // pqxx::failure. Any thread.
  template <class... Arguments>
  pqxx::result run(pqxx::connection& link, clock::duration limit, const statement& s,
                   const Arguments&... arguments) const {
    const hang_watch::wait limited(watch_, link.sock(), [limit] { return limit; });
    pqxx::nontransaction session(link);
    return execute(session, s, arguments...);
  }

  std::chrono::milliseconds statement_timeout() const { return statement_timeout_; }
  std::chrono::milliseconds lock_timeout() const { return statement_timeout_ * 7 / 10; }
  // Of any statement: PostgreSQL ends it before.
  clock::duration statement_limit() const { return statement_timeout_ + std::chrono::seconds(1); }

  // For a whole transaction on a connection that was opened then. While the primary answers others, its
  // statements may take transaction_statements times the limit of one: one backend may hang alone. Its commit
  // may last: it waits for replicas, and PostgreSQL would go on waiting when nobody listens any more, with
  // its locks. `commits` is set before the commit is sent, and outlives the wait.
  static constexpr int transaction_statements = 4;
  hang_watch::wait limit(pqxx::connection&, clock::time_point opened, const std::atomic<bool>& commits) const;

  // Tells whether the primary answers others. Before the first transaction.
  void watch_primary(std::function<bool()> answers) { primary_answers_ = std::move(answers); }
  // What was opened until now may lead to a primary that is gone: it is to be replaced before it is used.
  void outdate_connections() {
    outdated_.store(clock::now().time_since_epoch().count(), std::memory_order_release);
  }
  bool is_outdated(clock::time_point opened) const {
    return opened.time_since_epoch().count() < outdated_.load(std::memory_order_acquire);
  }

  // Runs a blocking task on the connector's threads.
  template <class Task>
  void post(Task task) {
    boost::asio::post(threads_, std::move(task));
  }
  void stop();

 private:
  std::string conninfo_;
  statements prepared_;
  std::chrono::milliseconds statement_timeout_;
  std::function<bool()> primary_answers_;
  std::atomic<clock::rep> outdated_{std::numeric_limits<clock::rep>::min()};
  mutable hang_watch watch_;
  boost::asio::thread_pool threads_{2};
};

}  // namespace linnet::storage
