// What every write of users' rows shares: proving that the users are there, and keeping their counts.
#pragma once

#include <set>

#include "core/ids.hpp"
#include "storage/statement.hpp"

namespace linnet::users {

// Those of `ids` that exist, which until the transaction ends nobody can delete. Locks in id order.
std::set<user_id> lock_users(pqxx::work&, const std::set<user_id>& ids);

struct count_change {
  user_id user = 0;
  int tweets = 0;
  int followers = 0;
  int followees = 0;
  int favorites = 0;
};

// Adds the changes up by user and applies them, in id order. Call it last in a transaction: these are the
// hottest rows.
void change_counts(pqxx::work&, const std::vector<count_change>&);

storage::statements counter_statements();

}  // namespace linnet::users
