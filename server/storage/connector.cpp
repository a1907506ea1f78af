#include "storage/connector.hpp"

#include <fmt/format.h>

namespace linnet::storage {

connector::connector(std::string conninfo, statements prepared, std::chrono::milliseconds statement_timeout)
    : conninfo_(std::move(conninfo)), prepared_(prepared), statement_timeout_(statement_timeout) {}

connector::~connector() {
  stop();
}

void connector::stop() {
  threads_.stop();
  threads_.join();
}

std::unique_ptr<pqxx::connection> connector::connect(std::string_view settings) const {
  // The caller's own settings come last and win. A generic plan fits every batch: planning each one would
  // cost more than it runs. Who hangs in a transaction loses it, and its locks with it, while those who wait
  // for them are still waiting; and a wait for a lock ends before the request's time does.
  auto opened = std::make_unique<pqxx::connection>(
      fmt::format("connect_timeout=2 application_name=linnet-server client_encoding=UTF8 keepalives_idle=5 "
                  "keepalives_interval=1 keepalives_count=3 tcp_user_timeout=5000 {}",
                  conninfo_));
  const hang_watch::wait limited(watch_, opened->sock(), [this] { return statement_limit(); });
  pqxx::nontransaction setup(*opened);
  setup.exec0(fmt::format(
      "SET statement_timeout = {}; SET lock_timeout = {}; SET plan_cache_mode = force_generic_plan; "
      "SET jit = off; SET timezone = 'UTC'; SET idle_in_transaction_session_timeout = {}; {}",
      statement_timeout_.count(), lock_timeout().count(), statement_timeout_.count() / 2, settings));
  for (const auto* s : prepared_) {
    const std::string types = s->types.empty() ? std::string() : fmt::format("({})", s->types);
    setup.exec0(fmt::format("PREPARE {}{} AS {}", s->name, types, s->sql));
  }
  setup.commit();
  return opened;
}

hang_watch::wait connector::limit(pqxx::connection& link, clock::time_point opened,
                                  const std::atomic<bool>& commits) const {
  return {watch_, link.sock(), [this, opened, &commits]() -> clock::duration {
            if (is_outdated(opened)) return silence_of_a_primary;
            if (!primary_answers_ || !primary_answers_()) return statement_limit();
            return commits ? clock::duration::max() : transaction_statements * statement_limit();
          }};
}

}  // namespace linnet::storage
