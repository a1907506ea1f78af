// A PostgreSQL cluster of the tests' own, started when the first of them asks for it.
#pragma once

#include <memory>
#include <string>

#include <pqxx/pqxx>

#include "tests/unit/support/child_process.hpp"

namespace linnet::testing {

class postgres_server {
 public:
  static postgres_server& instance();
  ~postgres_server();

  std::string conninfo() const;
  // Runs statements on a connection of its own, beside whatever is tested; returns the rows of the last one.
  pqxx::result execute(const std::string& sql) const;
  // Ends all other connections that match a condition on pg_stat_activity, and waits until they are gone.
  // Returns how many there were.
  std::size_t terminate(const std::string& condition = "true") const;
  void stop();
  void start();
  // Nobody new is let in, nor heard, until resume(). Who is in goes on.
  void pause() const { process_->pause(); }
  void resume() const { process_->resume(); }

 private:
  postgres_server();
  bool ready() const;
  std::string folder_;
  std::uint16_t port_;
  std::unique_ptr<child_process> process_;
};

}  // namespace linnet::testing
