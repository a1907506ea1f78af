#include "users/store.hpp"

#include <array>

#include "core/text.hpp"
#include "storage/id_array.hpp"

namespace linnet::users {

using storage::array_text;
using storage::changes;
using storage::committed;
using storage::read_statement;
using storage::replica_use;
using storage::statement;
using storage::transaction;

namespace {

#define LINNET_PROFILE_COLUMNS \
  "u.id, u.username, u.first_name, u.last_name, u.description, " LINNET_MICROS("u.created_at") ", "       \
  LINNET_MICROS("u.updated_at") ", c.tweets_count, c.followers_count, c.followees_count, c.favorites_count"

constexpr statement users_by_username{"users_by_username", "text[]",
                                      "SELECT k.n, " LINNET_PROFILE_COLUMNS
                                      " FROM unnest($1) WITH ORDINALITY AS k(username, n)"
                                      " JOIN users u ON lower(u.username) = k.username"
                                      " JOIN user_counters c ON c.user_id = u.id"};

constexpr statement users_by_id{"users_by_id", "int[]",
                                "SELECT k.n, " LINNET_PROFILE_COLUMNS
                                " FROM unnest($1) WITH ORDINALITY AS k(id, n)"
                                " JOIN users u ON u.id = k.id"
                                " JOIN user_counters c ON c.user_id = u.id"};

constexpr statement relations_by_pair{
    "relations_by_pair", "int[], int[]",
    "SELECT k.n, " LINNET_MICROS("f.created_at") ", " LINNET_MICROS("b.created_at")
    " FROM unnest($1, $2) WITH ORDINALITY AS k(first, second, n)"
    " LEFT JOIN connections f ON f.follower_id = k.first AND f.followee_id = k.second"
    " LEFT JOIN connections b ON b.follower_id = k.second AND b.followee_id = k.first"};

// One more than is kept, to learn whether it is all.
constexpr statement followee_ids_by_user{
    "followee_ids_by_user", "int[]",
    "SELECT k.n, (SELECT array_agg(c.followee_id) FROM (SELECT followee_id FROM connections"
    "  WHERE follower_id = k.id ORDER BY followee_id LIMIT 100001) c)"
    " FROM unnest($1) WITH ORDINALITY AS k(id, n)"};

constexpr statement follower_ids_by_user{
    "follower_ids_by_user", "int[]",
    "SELECT k.n, (SELECT array_agg(c.follower_id) FROM (SELECT follower_id FROM connections"
    "  WHERE followee_id = k.id ORDER BY created_at DESC, follower_id DESC LIMIT 1001) c)"
    " FROM unnest($1) WITH ORDINALITY AS k(id, n)"};

constexpr statement credentials_by_username{
    "credentials_by_username", "text[]",
    "SELECT k.n, u.id, u.password_hash FROM unnest($1) WITH ORDINALITY AS k(username, n)"
    " JOIN users u ON lower(u.username) = k.username"};

constexpr statement register_user_insert{"register_user", "text, text, text, text, text",
                                         "INSERT INTO users (username, password_hash, first_name, last_name, "
                                         "description) VALUES ($1, $2, $3, $4, $5)"
                                         " ON CONFLICT (lower(username)) DO NOTHING RETURNING id"};

constexpr statement register_user_counters{"register_user_counters", "int",
                                           "INSERT INTO user_counters (user_id) VALUES ($1)"};

constexpr statement update_user_lock{
    "update_user_lock", "int",
    "SELECT 1, " LINNET_PROFILE_COLUMNS
    " FROM users u JOIN user_counters c ON c.user_id = u.id WHERE u.id = $1 FOR NO KEY UPDATE OF u"};

constexpr statement update_user_set{
    "update_user", "int, text, text, text",
    "UPDATE users SET first_name = coalesce($2, first_name), last_name = coalesce($3, last_name),"
    " description = coalesce($4, description), updated_at = now() WHERE id = $1"
    " AND (first_name, last_name, description)"
    "  <> (coalesce($2, first_name), coalesce($3, last_name), coalesce($4, description))"};

constexpr statement change_password_lock{"change_password_lock", "int",
                                         "SELECT password_hash FROM users WHERE id = $1 FOR NO KEY UPDATE"};

constexpr statement change_password_set{"change_password", "int, text",
                                        "UPDATE users SET password_hash = $2 WHERE id = $1"};

constexpr statement change_password_sessions{"change_password_sessions", "int, bigint",
                                             "DELETE FROM sessions WHERE user_id = $1 AND id <> $2"
                                             " RETURNING encode(token_hash, 'hex')"};

constexpr statement lock_session_row{"lock_session", "int, bigint",
                                     "SELECT FROM sessions WHERE user_id = $1 AND id = $2 FOR KEY SHARE"};

profile parse_profile(const pqxx::row& row) {
  profile p;
  p.id = row[1].as<user_id>();
  p.username = row[2].c_str();
  p.tweets_count = row[8].as<std::int64_t>();
  p.followers_count = row[9].as<std::int64_t>();
  p.followees_count = row[10].as<std::int64_t>();
  p.favorites_count = row[11].as<std::int64_t>();
  p.render({row[3].c_str(), row[4].c_str(), row[5].c_str()}, from_unix_micros(row[6].as<std::int64_t>()),
           from_unix_micros(row[7].as<std::int64_t>()));
  return p;
}

profile_ptr parse_profile_ptr(const pqxx::row& row) {
  return std::make_shared<profile>(parse_profile(row));
}

std::optional<std::int64_t> parse_since(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return field.as<std::int64_t>();
}

void bind_id(const user_id& id, std::vector<array_text>& p) {
  p[0].add(std::int64_t{id});
}

const read_statement<std::string, profile_ptr> read_by_username{
    users_by_username,
    1,
    [](const std::string& name, std::vector<array_text>& p) { p[0].add(std::string_view(name)); },
    parse_profile_ptr,
    cache_key::username,
    replica_use::read_found};

const read_statement<user_id, profile_ptr> read_by_id{
    users_by_id, 1, bind_id, parse_profile_ptr, cache_key::user, replica_use::read_found};

const read_statement<user_pair, relation> read_relations{
    relations_by_pair, 2,
    [](const user_pair& pair, std::vector<array_text>& p) {
      p[0].add(std::int64_t{pair.first});
      p[1].add(std::int64_t{pair.second});
    },
    [](const pqxx::row& row) {
      return relation{parse_since(row[1]), parse_since(row[2])};
    },
    [](const user_pair& pair) { return cache_key::relation(pair.first, pair.second); }};

const read_statement<user_id, id_set_ptr> read_followee_ids{
    followee_ids_by_user, 1, bind_id,
    [](const pqxx::row& row) {
      return make_id_set(storage::parse_id_array<user_id>(row[1].c_str()), max_followees_kept);
    },
    cache_key::followee_ids};

const read_statement<user_id, id_set_ptr> read_follower_ids{
    follower_ids_by_user, 1, bind_id,
    [](const pqxx::row& row) {
      return make_id_set(storage::parse_id_array<user_id>(row[1].c_str()), max_followers_kept);
    },
    cache_key::follower_ids};

const read_statement<std::string, user_store::credentials> read_credentials{
    credentials_by_username, 1,
    [](const std::string& name, std::vector<array_text>& p) { p[0].add(std::string_view(name)); },
    [](const pqxx::row& row) {
      return user_store::credentials{row[1].as<user_id>(), row[2].c_str()};
    }};

}  // namespace

profile locked_profile(transaction& tx, user_id id) {
  const auto rows = storage::execute(tx, update_user_lock, id);
  if (rows.empty()) fail_account_gone();
  return parse_profile(rows[0]);
}

void fail_wrong_password() {
  fail_forbidden("The current password is wrong.");
}

void lock_session(transaction& tx, user_id user, std::int64_t session) {
  if (storage::execute(tx, lock_session_row, user, session).empty()) fail_session_ended();
}

awaitable<std::vector<profile_ptr>> user_store::by_username(std::vector<std::string> names) {
  auto rows = co_await backends_.reads.fetch(read_by_username, std::move(names));
  co_return storage::first_rows(std::move(rows));
}

awaitable<std::vector<profile_ptr>> user_store::by_id(std::vector<user_id> ids) {
  auto rows = co_await backends_.reads.fetch(read_by_id, std::move(ids));
  co_return storage::first_rows(std::move(rows));
}

awaitable<std::vector<relation>> user_store::relations(std::vector<user_pair> pairs) {
  auto rows = co_await backends_.reads.fetch(read_relations, std::move(pairs));
  std::vector<relation> found;
  for (auto& of_pair : rows) found.push_back(of_pair.front());
  co_return found;
}

awaitable<std::vector<id_set_ptr>> user_store::followee_ids(std::vector<user_id> followers) {
  auto rows = co_await backends_.reads.fetch(read_followee_ids, std::move(followers));
  co_return storage::first_rows(std::move(rows));
}

awaitable<std::vector<id_set_ptr>> user_store::follower_ids(std::vector<user_id> followees) {
  auto rows = co_await backends_.reads.fetch(read_follower_ids, std::move(followees));
  co_return storage::first_rows(std::move(rows));
}

awaitable<std::optional<user_store::credentials>> user_store::credentials_of(std::string username) {
  std::vector<std::string> names{std::move(username)};
  auto rows = co_await backends_.reads.fetch(read_credentials, std::move(names));
  if (rows.front().empty()) co_return std::nullopt;
  co_return std::move(rows.front().front());
}

awaitable<committed<profile_ptr>> user_store::register_user(new_user user) {
  std::function<changes(const profile_ptr&)> changed = [](const profile_ptr& p) {
    return storage::changed_by_registration(p->id, lower_ascii(p->username));
  };
  std::function<profile_ptr(transaction&)> work = [user = std::move(user)](transaction& tx) -> profile_ptr {
    const auto inserted = storage::execute(tx, register_user_insert, user.username, user.password_hash,
                                           user.first_name, user.last_name, user.description);
    if (inserted.empty()) throw problem(problem_type::conflict, "The username is taken.");
    const auto id = inserted[0][0].as<user_id>();
    storage::execute(tx, register_user_counters, id);
    return std::make_shared<profile>(locked_profile(tx, id));
  };
  return backends_.writes.transact(backends_.waits, "register_user", std::move(work), std::move(changed));
}

awaitable<committed<profile_ptr>> user_store::update_user(user_id id, profile_changes wanted,
                                                          std::function<void(const profile&)> expect) {
  std::function<changes(const profile_ptr&)> changed = [id](const profile_ptr&) {
    return storage::changed_by_profile(id);
  };
  std::function<profile_ptr(transaction&)> work =
      [id, wanted = std::move(wanted), expect = std::move(expect)](transaction& tx) -> profile_ptr {
    const auto before = std::make_shared<profile>(locked_profile(tx, id));
    if (expect) expect(*before);
    const auto text = [](const std::optional<std::string>& s) { return s ? s->c_str() : nullptr; };
    const auto changed_rows = storage::execute(tx, update_user_set, id, text(wanted.first_name),
                                               text(wanted.last_name), text(wanted.description));
    if (changed_rows.affected_rows() == 0) return before;
    return std::make_shared<profile>(locked_profile(tx, id));
  };
  return backends_.writes.transact(backends_.waits, "update_user", std::move(work), std::move(changed));
}

awaitable<committed<std::vector<std::string>>> user_store::change_password(
    user_id id, std::int64_t kept_session, std::string verified_hash, std::string new_hash,
    std::function<void(const profile&)> expect) {
  using hashes = std::vector<std::string>;
  std::function<changes(const hashes&)> changed = storage::changed_by_ended_sessions;
  std::function<hashes(transaction&)> work = [id, kept_session, verified = std::move(verified_hash),
                                              fresh = std::move(new_hash),
                                              expect = std::move(expect)](transaction& tx) {
    const auto user = storage::execute(tx, change_password_lock, id);
    if (user.empty()) fail_account_gone();
    lock_session(tx, id, kept_session);
    if (user[0][0].c_str() != verified) fail_wrong_password();
    if (expect) expect(locked_profile(tx, id));
    storage::execute(tx, change_password_set, id, fresh);
    std::vector<std::string> ended;
    for (const auto& row : storage::execute(tx, change_password_sessions, id, kept_session)) {
      ended.emplace_back(row[0].c_str());
    }
    return ended;
  };
  return backends_.writes.transact(backends_.waits, "change_password", std::move(work), std::move(changed));
}

storage::statements user_store::statements() {
  static constexpr std::array all{&users_by_username,    &users_by_id,
                                  &relations_by_pair,    &followee_ids_by_user,
                                  &follower_ids_by_user, &credentials_by_username,
                                  &register_user_insert, &register_user_counters,
                                  &update_user_lock,     &update_user_set,
                                  &lock_session_row,     &change_password_lock,
                                  &change_password_set,  &change_password_sessions};
  return all;
}

}  // namespace linnet::users
