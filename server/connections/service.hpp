// The rules about following.
#pragma once

#include "connections/store.hpp"
#include "users/service.hpp"

namespace linnet::connections {

class connection_service {
 public:
  explicit connection_service(storage::backends&);

  // Following twice changes nothing the second time. Throws invalid_content for oneself, not_found for a user
  // that is gone, conflict where the follower follows max_followees others.
  awaitable<connection_outcome> follow_user(user_id follower, user_id followee);
  awaitable<connection_outcome> unfollow_user(user_id follower, user_id followee);

  awaitable<storage::id_page> followers(user_id, page_request);
  awaitable<storage::id_page> followees(user_id, page_request);

 private:
  awaitable<connection_outcome> submit(
      const storage::write_operation<connection_request, connection_outcome>&, connection_request);

  storage::backends& backends_;
  storage::id_list followers_;
  storage::id_list followees_;
};

}  // namespace linnet::connections
