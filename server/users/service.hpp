// The rules about users.
#pragma once

#include "storage/read_through.hpp"
#include "users/passwords.hpp"
#include "users/store.hpp"

namespace linnet::users {

class user_service {
 public:
  user_service(storage::backends&, password_hasher&);

  // Throws not_found.
  awaitable<profile_ptr> get_user(std::string_view username);
  // The id alone, which never changes and is cached the longest. Throws not_found.
  awaitable<user_id> id_of(std::string_view username);
  // Null where there is no such user.
  awaitable<std::vector<profile_ptr>> find_by_name(const std::vector<std::string>& usernames);
  awaitable<std::vector<profile_ptr>> find_by_id(std::vector<user_id> ids);
  // How the viewer stands to each of the others.
  awaitable<std::vector<standing>> standings(user_id viewer, const std::vector<user_id>& others);
  // Between two users, with the times.
  awaitable<relation> relation_of(user_id first, user_id second);
  // Whom the user follows.
  awaitable<id_set_ptr> followees_of(user_id);

  // `from` is the address whose turn it takes for a hash.
  awaitable<profile_ptr> register_user(new_user, std::string password, boost::asio::ip::address from);
  // `expect` as in user_store.
  awaitable<profile_ptr> update_user(user_id, profile_changes, std::function<void(const profile&)> expect);
  // Throws forbidden when the current password is wrong.
  awaitable<void> change_password(user_id, std::string username, std::string current, std::string next,
                                  std::int64_t session, std::function<void(const profile&)> expect,
                                  boost::asio::ip::address from);
  awaitable<void> delete_user(user_id, std::int64_t session, std::function<void(const profile&)> expect);

 private:
  awaitable<profile_ptr> read_by_name(std::string lower_name);
  awaitable<std::vector<std::shared_ptr<const user_id>>> fetch_ids(std::vector<std::string> names);
  awaitable<std::vector<std::shared_ptr<const relation>>> fetch_relations(std::vector<user_pair> pairs);

  storage::backends& backends_;
  password_hasher& passwords_;
  user_store store_;
  storage::read_through<std::string, user_id> ids_;
  storage::read_through<user_id, profile> profiles_;
  storage::read_through<user_pair, relation> relations_;  // null where neither follows the other
  storage::read_through<user_id, id_set> followees_;
  storage::read_through<user_id, id_set> followers_;
};

}  // namespace linnet::users
