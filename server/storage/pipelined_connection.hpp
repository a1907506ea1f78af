// A database connection that an event loop drives: libpqxx's pipeline sends a statement without waiting for
// it, and the loop watches the socket for the answer.
#pragma once

#include <memory>
#include <optional>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <pqxx/pqxx>

#include "core/async.hpp"
#include "storage/connector.hpp"

namespace linnet::storage {

struct pipelined_connection {
  using descriptor = asio::posix::basic_stream_descriptor<loop_executor>;

  explicit pipelined_connection(event_loop& loop) : socket(loop), wake(loop) {}

  // Each depends on the one before. All null while not connected.
  std::unique_ptr<pqxx::connection> link;
  std::unique_ptr<pqxx::nontransaction> transaction;
  std::unique_ptr<pqxx::pipeline> pipeline;

  descriptor socket;  // the link's own; released, never closed
  loop_timer wake;    // ends the wait of whoever runs this connection
  bool idle = false;
  bool failing = false;                                             // the last attempt to connect failed
  std::optional<std::chrono::steady_clock::time_point> busy_since;  // the running round trip's begin
  std::chrono::steady_clock::time_point opened{};

  void open(std::unique_ptr<pqxx::connection> fresh) {
    link = std::move(fresh);
    transaction = std::make_unique<pqxx::nontransaction>(*link);
    pipeline = std::make_unique<pqxx::pipeline>(*transaction);
    socket.assign(link->sock());
    opened = std::chrono::steady_clock::now();
    failing = false;
  }

  // Closing a link may block while it is full, so it happens on the connector's thread. It is closed before
  // the rest goes: libpqxx would cancel what runs, and wait for a database that hangs for as long as that
  // does.
  void drop(connector& opener) {
    if (!link) return;
    if (socket.is_open()) socket.release();
    struct remains {
      std::unique_ptr<pqxx::connection> link;
      std::unique_ptr<pqxx::nontransaction> transaction;
      std::unique_ptr<pqxx::pipeline> pipeline;
    };
    // Nobody else may hold them: the last to let go is who waits.
    auto dead =
        std::make_unique<remains>(remains{std::move(link), std::move(transaction), std::move(pipeline)});
    opener.post([dead = std::move(dead)]() mutable {
      dead->link->disconnect();
      dead.reset();  // members go in reverse order
    });
  }
};

}  // namespace linnet::storage
