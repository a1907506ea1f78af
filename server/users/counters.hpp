// What every write of users' rows shares: proving that the users are there, and keeping their counts.
#pragma once

#include <map>
#include <set>

#include "core/ids.hpp"
#include "storage/backends.hpp"

namespace linnet::users {

// Those of `ids` that exist, each with what profile::reference() returns. Until the transaction ends nobody
// can delete them. Locks in id order.
using references = std::map<user_id, std::string>;
references lock_users(storage::transaction&, const std::set<user_id>& ids);
// In two steps, for a message that carries more: the statement, and what its rows say.
std::string lock_users_text(const storage::transaction&, const std::set<user_id>& ids);
references references_in(const pqxx::result&);

// What a user's counts are once the transaction is committed. Of two of the same user, the one with the
// higher version is the newer: it is the position in the WAL, read while the transaction held the row.
struct counts {
  user_id user = 0;
  std::int64_t tweets = 0;
  std::int64_t followers = 0;
  std::int64_t followees = 0;
  std::int64_t favorites = 0;
  std::uint64_t version = 0;  // 0: none, nothing changed
};
// How a statement that changes rows of `user_counters c` returns them, and how they are read: six columns,
// from that one on.
#define LINNET_USER_COUNTS                                                                              \
  "c.user_id, c.tweets_count, c.followers_count, c.followees_count, c.favorites_count, " LINNET_VERSION \
  " AS version"
counts counts_in(const pqxx::row&, int first = 0);
using counts_by_user = std::map<user_id, counts>;

// Brings the profile that this server holds up to date.
storage::backends::update update_of(const counts&);

storage::statements counter_statements();

}  // namespace linnet::users
