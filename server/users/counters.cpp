#include "users/counters.hpp"

#include <array>

#include "users/profile.hpp"

namespace linnet::users {

using storage::statement;

namespace {

constexpr statement lock_users_statement{
    "lock_users", "int[]",
    "SELECT id, username, first_name, last_name FROM users WHERE id = ANY($1) ORDER BY id FOR KEY SHARE"};

// Looks each row up in the order of the arrays, which is by id.
constexpr statement change_counts_statement{
    "change_user_counts", "int[], int[], int[]",
    "UPDATE user_counters c SET tweets_count = c.tweets_count + changed.tweets,"
    "  favorites_count = c.favorites_count + changed.favorites"
    " FROM unnest($1, $2, $3) AS changed(user_id, tweets, favorites)"
    " WHERE c.user_id = changed.user_id"};

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

void change_counts(storage::transaction& tx, const std::vector<count_change>& changes) {
  std::map<user_id, count_change> by_user;
  for (const auto& c : changes) {
    auto& sum = by_user[c.user];
    sum.tweets += c.tweets;
    sum.favorites += c.favorites;
  }
  const auto column = [&](int count_change::*member) {
    return storage::array_of(by_user,
                             [member](const auto& entry) { return std::int64_t{entry.second.*member}; });
  };
  const auto users = storage::array_of(by_user, [](const auto& entry) { return std::int64_t{entry.first}; });
  storage::execute(tx, change_counts_statement, users, column(&count_change::tweets),
                   column(&count_change::favorites));
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
  static constexpr std::array all{&lock_users_statement, &change_counts_statement};
  return all;
}

}  // namespace linnet::users
