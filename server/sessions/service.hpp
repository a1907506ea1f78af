// Logging in and out. A token is 256 random bits; the server keeps only its hash.
#pragma once

#include "http/middleware/authentication.hpp"
#include "http/middleware/rate_limit.hpp"
#include "sessions/store.hpp"
#include "storage/change_feed.hpp"
#include "users/service.hpp"

namespace linnet::sessions {

class session_service : public http::authenticator {
 public:
  session_service(storage::backends&, users::user_service&, users::password_hasher&, id_generator&,
                  const storage::change_feed&, std::chrono::hours lifetime);

  awaitable<std::optional<http::principal>> authenticate(std::string_view token) override;
  bool remembers() const override { return changes_.memory_is_current(); }

  struct login {
    session_ptr session;
    std::string token;
    users::profile_ptr user;
  };
  // Throws invalid_credentials, the same and after the same time for an unknown user and a wrong password.
  awaitable<login> create_session(std::string username, std::string password, boost::asio::ip::address from);
  // `asking` is the session that asks for it, which may be the same.
  awaitable<void> delete_session(user_id, std::int64_t id, std::int64_t asking);

  awaitable<storage::id_page> sessions(user_id, page_request);
  awaitable<std::vector<session_ptr>> find(user_id, std::vector<std::int64_t> ids);

  // Drops what has expired, a batch; called now and then.
  awaitable<purged> purge();

 private:
  storage::backends& backends_;
  users::user_service& users_;
  users::password_hasher& passwords_;
  id_generator& ids_;
  const storage::change_feed& changes_;
  const std::chrono::hours lifetime_;
  users::user_store credentials_;
  session_store store_;
  storage::read_through<std::string, session> by_token_hash_;  // in this server's memory only
  storage::id_list list_;
};

}  // namespace linnet::sessions
