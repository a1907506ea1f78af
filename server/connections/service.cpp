#include "connections/service.hpp"

#include <fmt/format.h>

namespace linnet::connections {

connection_service::connection_service(storage::backends& b)
    : backends_(b),
      followers_(b, list_kind::followers, storage::time_sorted_list(followers_page)),
      followees_(b, list_kind::followees, storage::time_sorted_list(followees_page)) {}

awaitable<connection_outcome> connection_service::follow_user(user_id follower, user_id followee) {
  if (follower == followee) fail_invalid("", "You can't follow yourself.");
  return submit(follow_user_batch, connection_request{follower, followee});
}

awaitable<connection_outcome> connection_service::unfollow_user(user_id follower, user_id followee) {
  return submit(unfollow_user_batch, connection_request{follower, followee});
}

awaitable<connection_outcome> connection_service::submit(
    const storage::write_operation<connection_request, connection_outcome>& operation,
    connection_request request) {
  const auto submitted = storage::waiter::clock::now();
  const auto done = co_await backends_.writes.submit(backends_.waits, operation, request);
  if (done.value.too_many) {
    throw problem(
        problem_type::conflict,
        fmt::format("An account follows {} others at most: unfollow somebody first.", max_followees));
  }
  std::vector<storage::backends::update> updates;
  if (done.value.found && done.value.changed) {
    updates.push_back(users::update_of(done.value.follower));
    updates.push_back(users::update_of(done.value.followee));
  }
  // Without a change, too: an earlier attempt may have made it, and died before it said so.
  backends_.invalidate(done, updates, submitted);
  if (!done.value.found) fail_not_found("user");
  co_return done.value;
}

awaitable<storage::id_page> connection_service::followers(user_id user, page_request asked) {
  return followers_.read(user, asked);
}

awaitable<storage::id_page> connection_service::followees(user_id user, page_request asked) {
  return followees_.read(user, asked);
}

}  // namespace linnet::connections
