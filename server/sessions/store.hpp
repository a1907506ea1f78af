// Sessions in SQL. Tokens are stored as their hash only.
#pragma once

#include <algorithm>

#include "storage/backends.hpp"
#include "storage/id_list.hpp"

namespace linnet::sessions {

struct session {
  std::int64_t id = 0;
  user_id user = 0;
  std::string username;  // lower case
  timestamp created_at;
  timestamp expires_at;
};

using session_ptr = std::shared_ptr<const session>;

extern const storage::statement sessions_page;

// Throws not_found; invalid_token where the session that is gone is the one that asks.
[[noreturn]] void fail_no_session(std::int64_t id, std::int64_t asking);

// Of one account. One more login ends the oldest.
constexpr int max_sessions = 200;

// How many rows of each table were dropped.
struct purged {
  static constexpr int batch = 1000;
  std::size_t sessions = 0;
  std::size_t idempotency_keys = 0;
  bool may_be_more() const { return std::max(sessions, idempotency_keys) >= batch; }
};

class session_store {
 public:
  explicit session_store(storage::backends& b) : backends_(b) {}

  // Of token hashes (32 bytes each), from the primary; null where no session has it. Expired ones are found
  // too.
  awaitable<std::vector<session_ptr>> by_token_hash(std::vector<std::string> hashes);
  // Of one user; null where the session is gone.
  awaitable<std::vector<session_ptr>> by_id(user_id, std::vector<std::int64_t> ids);

  // `password_hash` is what the password was verified against. Returns the token hashes, in hexadecimal, of
  // the sessions that had to end for this one; nullopt, and no session, if the account has another password
  // by now, or is gone.
  using ended_sessions = std::optional<std::vector<std::string>>;
  awaitable<storage::committed<ended_sessions>> create_session(session, std::string token_hash,
                                                               std::string password_hash);
  // The hash of the session's token, in hexadecimal. Throws as fail_no_session unless it is the user's.
  awaitable<storage::committed<std::string>> delete_session(user_id, std::int64_t id, std::int64_t asking);
  // Drops expired sessions and idempotency keys older than a day, a batch at most of each.
  awaitable<storage::committed<purged>> purge();

  static storage::statements statements();

 private:
  storage::backends& backends_;
};

}  // namespace linnet::sessions
