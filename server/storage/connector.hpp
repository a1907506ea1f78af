// Opens database connections on a thread of its own: libpqxx blocks while it connects, event loops must not.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <pqxx/pqxx>

#include "storage/statement.hpp"

namespace linnet::storage {

constexpr auto reconnect_pause = std::chrono::milliseconds(250);  // of whoever lost a connection

class connector {
 public:
  connector(std::string conninfo, statements prepared, std::chrono::milliseconds statement_timeout);
  ~connector();

  // A ready connection with every statement prepared. Blocks; throws pqxx::failure. Any thread.
  std::unique_ptr<pqxx::connection> connect() const;

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
  boost::asio::thread_pool threads_{2};
};

}  // namespace linnet::storage
