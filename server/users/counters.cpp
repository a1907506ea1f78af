#include "users/counters.hpp"

#include <array>

#include "users/profile.hpp"

namespace linnet::users {

using storage::statement;

namespace {

constexpr statement lock_users_statement{
    "lock_users", "int[]",
    "SELECT id, username, first_name, last_name FROM users WHERE id = ANY($1) ORDER BY id FOR KEY SHARE"};

}  // namespace

references lock_users(storage::transaction& tx, const std::set<user_id>& ids) {
  return references_in(tx.exec(lock_users_text(tx, ids)));
}

std::string lock_users_text(const storage::transaction& tx, const std::set<user_id>& ids) {
  return storage::execute_text(tx, lock_users_statement,
                               storage::array_of(ids, [](user_id id) { return std::int64_t{id}; }));
}

references references_in(const pqxx::result& rows) {
  references live;
  for (const auto& row : rows) {
    const auto id = row[0].as<user_id>();
    live.emplace_hint(live.end(), id, render_reference(id, row[1].c_str(), row[2].c_str(), row[3].c_str()));
  }
  return live;
}

counts counts_in(const pqxx::row& row, int first) {
  const auto number = [&](int i) { return row[first + i].as<std::int64_t>(); };
  return {row[first].as<user_id>(),          number(1), number(2), number(3), number(4),
          row[first + 5].as<std::uint64_t>()};
}

storage::backends::update update_of(const counts& told) {
  std::function<void(profile&)> change = [told](profile& held) {
    held.tweets_count = told.tweets;
    held.followers_count = told.followers;
    held.followees_count = told.followees;
    held.favorites_count = told.favorites;
  };
  return storage::backends::told(cache_key::user(told.user), &profile::counts_version, told.version,
                                 std::move(change));
}

storage::statements counter_statements() {
  static constexpr std::array all{&lock_users_statement};
  return all;
}

}  // namespace linnet::users
