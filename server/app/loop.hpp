// One event loop and everything that belongs to it: the domains over their backends, the routes, the
// listener.
#pragma once

#include "app/shared.hpp"
#include "app/sightings.hpp"
#include "connections/routes.hpp"
#include "favorites/routes.hpp"
#include "http/listener.hpp"
#include "sessions/routes.hpp"
#include "timelines/timeline.hpp"
#include "tweets/routes.hpp"
#include "users/routes.hpp"

namespace linnet::app {

class loop {
 public:
  loop(const config&, shared&, bool first);

  // Runs in the calling thread until stopped.
  void run();
  // From any thread. First drain; once run() has nothing left to serve it returns.
  void drain();
  asio::ip::tcp::endpoint listen(const asio::ip::tcp::endpoint&, std::size_t max_connections);
  bool ready() const;
  const std::vector<std::unique_ptr<http::route>>& routes() const { return router_.routes(); }

 private:
  void add_domains();
  void add_probes();
  void add_replicas();
  awaitable<void> tick();
  awaitable<void> purge();

  const bool first_;  // of this server's loops
  const config& config_;
  shared& shared_;
  event_loop events_{1};
  storage::deadlines deadlines_;
  storage::database_reader reader_;
  storage::database_reads::replica_readers replica_readers_;
  storage::database_reads reads_;
  storage::backends backends_;
  users::user_service users_;
  sessions::session_service sessions_;
  connections::connection_service connections_;
  tweets::tweet_service tweets_;
  favorites::favorite_service favorites_;
  timelines::timeline_service timelines_;
  storage::replica_changes replica_changes_;
  sightings sightings_;
  http::router router_;
  std::unique_ptr<http::dispatcher> dispatcher_;
  std::unique_ptr<http::listener> listener_;
  cleaning::cleaner cleaner_;
  loop_timer tick_timer_;
  loop_timer purge_timer_;
};

}  // namespace linnet::app
