// The outbox as tests of its readers need it: the table, rows of any server, and objects in memory that they
// void.
#pragma once

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "storage/change_log.hpp"
#include "storage/local_cache.hpp"
#include "tests/unit/support/postgres_server.hpp"

namespace linnet::testing {

inline void create_outbox(postgres_server& server) {
  server.execute(
      "DROP TABLE IF EXISTS cache_changes;"
      "CREATE TABLE cache_changes (xact xid8 NOT NULL DEFAULT pg_current_xact_id(), node int, keys bytea);"
      "CREATE INDEX ON cache_changes (xact)");
}

// The statement by which that server would leave them.
inline std::string note(const storage::changes& keys, int node, int number = 1) {
  return fmt::format("INSERT INTO cache_changes (node, keys) VALUES ({}, '\\x{}')",
                     storage::batch_id{node, number}.column(), storage::hex_of(keys));
}

inline bool keeps(storage::local_cache& memory, const cache_key& key) {
  return memory.acquire(key).what == storage::local_cache::state::hit;
}

inline void keep(storage::local_cache& memory, const cache_key& key) {
  memory.invalidate(key);
  memory.admits(key);
  const auto found = memory.acquire(key);
  REQUIRE(found.what == storage::local_cache::state::lead);
  memory.land(key, found.flying, std::make_shared<const int>(1));
}

}  // namespace linnet::testing
