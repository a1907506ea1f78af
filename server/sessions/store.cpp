#include "sessions/store.hpp"

#include <array>

#include <sodium/utils.h>

namespace linnet::sessions {

using storage::array_text;
using storage::committed;
using storage::execute;
using storage::read_statement;
using storage::statement;

const statement sessions_page{
    "sessions_page", storage::time_sorted_types,
    "SELECT k.n, " LINNET_MICROS("p.created_at") ", p.id"
    " FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k(owner, before_at, before_id, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT s.created_at, s.id FROM sessions s"
    "  WHERE s.user_id = k.owner AND (s.created_at, s.id) < (k.before_at, k.before_id) AND s.expires_at > now()"
    "  ORDER BY s.created_at DESC, s.id DESC LIMIT k.page_size OFFSET k.skip) p"};

namespace {

constexpr statement sessions_by_token_hash{
    "sessions_by_token_hash", "text[]",
    "SELECT k.n, s.id, s.user_id, lower(u.username), " LINNET_MICROS("s.created_at") ", " LINNET_MICROS("s.expires_at")
    " FROM unnest($1) WITH ORDINALITY AS k(hash, n) JOIN sessions s ON s.token_hash = decode(k.hash, 'hex')"
    " JOIN users u ON u.id = s.user_id"};

constexpr statement sessions_by_id{
    "sessions_by_id", "int[], bigint[]",
    "SELECT k.n, s.id, s.user_id, '', " LINNET_MICROS("s.created_at") ", " LINNET_MICROS("s.expires_at")
    " FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, id, n) JOIN sessions s ON s.user_id = k.user_id AND s.id = k.id"};

// Until the transaction ends the password can't change, and other logins to the account wait.
constexpr statement create_session_lock{"create_session_lock", "int",
                                        "SELECT password_hash FROM users WHERE id = $1 FOR NO KEY UPDATE"};

constexpr statement create_session_insert{
    "create_session", "bigint, int, text, timestamptz, timestamptz",
    "INSERT INTO sessions (id, user_id, token_hash, created_at, expires_at)"
    " VALUES ($1, $2, decode($3, 'hex'), $4, $5)"};

constexpr statement create_session_end_oldest{
    "create_session_end_oldest", "int, int",
    "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE user_id = $1"
    " ORDER BY created_at DESC, id DESC OFFSET $2 LIMIT 100) RETURNING encode(token_hash, 'hex')"};

constexpr statement delete_session_row{"delete_session", "int, bigint",
                                       "DELETE FROM sessions WHERE user_id = $1 AND id = $2 RETURNING"
                                       " encode(token_hash, 'hex')"};

constexpr statement purge_sessions{
    "purge_sessions", "int",
    "DELETE FROM sessions WHERE token_hash IN (SELECT token_hash FROM sessions WHERE expires_at < now()"
    " LIMIT $1 FOR UPDATE SKIP LOCKED)"};

constexpr statement purge_idempotency_keys{
    "purge_idempotency_keys", "int",
    "DELETE FROM idempotency_keys WHERE (user_id, key) IN (SELECT user_id, key FROM idempotency_keys"
    " WHERE created_at < now() - interval '24 hours' LIMIT $1 FOR UPDATE SKIP LOCKED)"};

std::string to_hex(std::string_view bytes) {
  std::string hex(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  hex.pop_back();
  return hex;
}

session_ptr parse_session(const pqxx::row& row) {
  auto s = std::make_shared<session>();
  s->id = row[1].as<std::int64_t>();
  s->user = row[2].as<user_id>();
  s->username = row[3].c_str();
  s->created_at = from_unix_micros(row[4].as<std::int64_t>());
  s->expires_at = from_unix_micros(row[5].as<std::int64_t>());
  return s;
}

const read_statement<std::string, session_ptr> read_by_token_hash{
    sessions_by_token_hash,
    1,
    [](const std::string& hash, std::vector<array_text>& p) { p[0].add(std::string_view(to_hex(hash))); },
    parse_session,
    cache_key::session,
    storage::replica_use::stand_in};

struct session_key {
  user_id user;
  std::int64_t id;
};

const read_statement<session_key, session_ptr> read_by_id{
    sessions_by_id, 2,
    [](const session_key& key, std::vector<array_text>& p) {
      p[0].add(std::int64_t{key.user});
      p[1].add(key.id);
    },
    parse_session};

}  // namespace

void fail_no_session(std::int64_t id, std::int64_t asking) {
  if (id == asking) fail_session_ended();
  fail_not_found("session");
}

awaitable<std::vector<session_ptr>> session_store::by_token_hash(std::vector<std::string> hashes) {
  auto rows = co_await backends_.reads.fetch(read_by_token_hash, std::move(hashes));
  co_return storage::first_rows(std::move(rows));
}

awaitable<std::vector<session_ptr>> session_store::by_id(user_id user, std::vector<std::int64_t> ids) {
  std::vector<session_key> keys;
  for (const auto id : ids) keys.push_back({user, id});
  auto rows = co_await backends_.reads.fetch(read_by_id, std::move(keys));
  co_return storage::first_rows(std::move(rows));
}

awaitable<committed<session_store::ended_sessions>> session_store::create_session(session fresh,
                                                                                  std::string token_hash,
                                                                                  std::string password_hash) {
  std::function<ended_sessions(storage::transaction&)> work =
      [fresh = std::move(fresh), hash = to_hex(token_hash),
       verified = std::move(password_hash)](storage::transaction& tx) -> ended_sessions {
    const auto user = execute(tx, create_session_lock, fresh.user);
    if (user.empty() || user[0][0].c_str() != verified) return std::nullopt;
    execute(tx, create_session_insert, fresh.id, fresh.user, hash, to_rfc3339(fresh.created_at),
            to_rfc3339(fresh.expires_at));
    std::vector<std::string> ended;
    for (const auto& row : execute(tx, create_session_end_oldest, fresh.user, max_sessions)) {
      ended.emplace_back(row[0].c_str());
    }
    return ended;
  };
  std::function<storage::changes(const ended_sessions&)> changed = [](const ended_sessions& ended) {
    return ended ? storage::changed_by_ended_sessions(*ended) : storage::changes();
  };
  return backends_.writes.transact(backends_.waits, "create_session", std::move(work), std::move(changed));
}

awaitable<committed<std::string>> session_store::delete_session(user_id user, std::int64_t id,
                                                                std::int64_t asking) {
  std::function<std::string(storage::transaction&)> work = [user, id,
                                                            asking](storage::transaction& tx) -> std::string {
    const auto rows = execute(tx, delete_session_row, user, id);
    if (rows.empty()) fail_no_session(id, asking);
    return rows[0][0].c_str();
  };
  std::function<storage::changes(const std::string&)> changed = [](const std::string& token_hash) {
    return storage::changed_by_ended_sessions({token_hash});
  };
  return backends_.writes.transact(backends_.waits, "delete_session", std::move(work), std::move(changed));
}

awaitable<committed<purged>> session_store::purge() {
  std::function<purged(storage::transaction&)> work = [](storage::transaction& tx) {
    return purged{execute(tx, purge_sessions, purged::batch).affected_rows(),
                  execute(tx, purge_idempotency_keys, purged::batch).affected_rows()};
  };
  std::function<storage::changes(const purged&)> changed = [](const purged&) { return storage::changes(); };
  return backends_.writes.transact(backends_.waits, "purge", std::move(work), std::move(changed));
}

storage::statements session_store::statements() {
  static const std::array all{&sessions_page,       &sessions_by_token_hash, &sessions_by_id,
                              &create_session_lock, &create_session_insert,  &create_session_end_oldest,
                              &delete_session_row,  &purge_sessions,         &purge_idempotency_keys};
  return all;
}

}  // namespace linnet::sessions
