// Who follows whom, in SQL. Both writes are batched: a hundred new followers of one celebrity in a batch are
// one update of the count.
#pragma once

#include "storage/backends.hpp"
#include "storage/id_list.hpp"
#include "users/counters.hpp"

namespace linnet::connections {

// One account may follow so many others. The limit bounds the home timeline, which reads the latest tweets of
// each followee. Accounts that already follow more keep their connections.
constexpr int max_followees = 2500;

struct connection_request {
  user_id follower = 0;
  user_id followee = 0;
};

struct connection_outcome {
  bool found = false;      // both users exist
  bool changed = false;    // this request made the difference; also where one of the users is gone
  bool too_many = false;   // refused, since the follower follows max_followees
  std::int64_t since = 0;  // microseconds since 1970; of following
  users::counts follower;  // of both, if found and changed
  users::counts followee;
  std::string follower_reference;  // of both, if found: profile::reference()
  std::string followee_reference;
};

extern const storage::write_operation<connection_request, connection_outcome> follow_user_batch;
extern const storage::write_operation<connection_request, connection_outcome> unfollow_user_batch;

// Ends these connections and corrects the counts of the users that are left, where one of the two is gone.
// Returns what that changes. Locks rows as unfollow_user does.
storage::changes end_connections(storage::transaction&, const std::vector<connection_request>&);

extern const storage::statement followers_page;
extern const storage::statement followees_page;

storage::statements statements();

}  // namespace linnet::connections
