// Users in SQL.
#pragma once

#include "storage/backends.hpp"
#include "storage/invalidation.hpp"
#include "users/id_set.hpp"
#include "users/profile.hpp"

namespace linnet::users {

struct new_user {
  std::string username;
  std::string password_hash;
  std::string first_name;
  std::string last_name;
  std::string description;
};

struct profile_changes {
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> description;
};

// Who of two users follows whom, and since when: microseconds since 1970.
struct relation {
  std::optional<std::int64_t> following_since;  // the first follows the second
  std::optional<std::int64_t> followed_since;   // the second follows the first
};

// How a viewer stands to another user.
struct standing {
  bool following = false;
  bool followed_by = false;
};

struct user_pair {
  user_id first;
  user_id second;
};

// For writes that must not happen once their session was ended: the session stays until the transaction ends.
// Throws invalid_token. The caller has locked the user's row.
void lock_session(storage::transaction&, user_id, std::int64_t session);
[[noreturn]] void fail_wrong_password();  // forbidden

class user_store {
 public:
  explicit user_store(storage::backends& b) : backends_(b) {}

  // Null where there is no such user. Names are lower case.
  awaitable<std::vector<profile_ptr>> by_username(std::vector<std::string> names);
  awaitable<std::vector<profile_ptr>> by_id(std::vector<user_id> ids);
  awaitable<std::vector<relation>> relations(std::vector<user_pair> pairs);
  awaitable<std::vector<id_set_ptr>> followee_ids(std::vector<user_id> followers);
  awaitable<std::vector<id_set_ptr>> follower_ids(std::vector<user_id> followees);

  // The stored password hash, from the primary; nullopt when there is no such user.
  struct credentials {
    user_id id;
    std::string password_hash;
  };
  awaitable<std::optional<credentials>> credentials_of(std::string username);

  // Throws conflict when the name is taken in any case.
  awaitable<storage::committed<profile_ptr>> register_user(new_user);
  // These three throw invalid_token when the account has gone since its token was checked; the last two also
  // when the session has.
  // `expect` judges the current profile before anything is changed, under its lock (If-Match); it may throw,
  // or be empty. A change of nothing leaves the profile as it is, `updated_at` too.
  awaitable<storage::committed<profile_ptr>> update_user(user_id, profile_changes,
                                                         std::function<void(const profile&)> expect);
  // Ends all sessions but `kept`; their token hashes are returned. `verified_hash` is what the current
  // password was verified against: throws forbidden if the account has another one by now.
  awaitable<storage::committed<std::vector<std::string>>> change_password(
      user_id, std::int64_t kept_session, std::string verified_hash, std::string new_hash,
      std::function<void(const profile&)> expect);
  // `session` is the one that asks for it.
  awaitable<storage::committed<storage::deleted_user>> delete_user(
      user_id, std::int64_t session, std::function<void(const profile&)> expect);

  static storage::statements statements();

 private:
  storage::backends& backends_;
};

// A user's profile, which nobody changes until the transaction ends. Throws invalid_token when the account
// has gone.
profile locked_profile(storage::transaction&, user_id);

storage::statements delete_user_statements();

}  // namespace linnet::users
