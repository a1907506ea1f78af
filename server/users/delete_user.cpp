// Deleting a user deletes the row in users, and with it sessions and counters. Nothing shows the user, or
// what the user wrote, without that row. All else that refers to the user may be millions of rows:
// server/cleaning deletes them afterwards.
#include <array>

#include "users/store.hpp"

namespace linnet::users {

using storage::execute;
using storage::statement;

namespace {

// Nobody can post, follow or favorite as this user, nor follow this user, while the lock is held.
constexpr statement delete_user_lock{"delete_user_lock", "int",
                                     "SELECT lower(username) FROM users WHERE id = $1 FOR UPDATE"};

constexpr statement delete_user_sessions{"delete_user_sessions", "int",
                                         "SELECT encode(token_hash, 'hex') FROM sessions WHERE user_id = $1"};

// Sessions and counters cascade.
constexpr statement delete_user_row{"delete_user", "int",
                                    "WITH left_to_clean AS (INSERT INTO deleted_users (user_id) VALUES ($1))"
                                    " DELETE FROM users WHERE id = $1"};

}  // namespace

awaitable<storage::committed<storage::deleted_user>> user_store::delete_user(
    user_id id, std::int64_t session, std::function<void(const profile&)> expect) {
  std::function<storage::deleted_user(storage::transaction&)> work =
      [id, session, expect = std::move(expect)](storage::transaction& tx) {
        storage::deleted_user gone;
        gone.id = id;
        const auto user = execute(tx, delete_user_lock, id);
        if (user.empty()) fail_account_gone();
        lock_session(tx, id, session);
        if (expect) expect(locked_profile(tx, id));
        gone.username = user[0][0].c_str();
        for (const auto& row : execute(tx, delete_user_sessions, id))
          gone.token_hashes.emplace_back(row[0].c_str());
        execute(tx, delete_user_row, id);
        return gone;
      };
  std::function<storage::changes(const storage::deleted_user&)> changed = storage::changed_by_user_deletion;
  return backends_.writes.transact(backends_.waits, "delete_user", std::move(work), std::move(changed));
}

storage::statements delete_user_statements() {
  static constexpr std::array all{&delete_user_lock, &delete_user_sessions, &delete_user_row};
  return all;
}

}  // namespace linnet::users
