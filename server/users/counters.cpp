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
    "change_user_counts", "int[], int[], int[], int[], int[]",
    "UPDATE user_counters c SET tweets_count = c.tweets_count + changed.tweets,"
    "  followers_count = c.followers_count + changed.followers,"
    "  followees_count = c.followees_count + changed.followees,"
    "  favorites_count = c.favorites_count + changed.favorites"
    " FROM unnest($1, $2, $3, $4, $5) AS changed(user_id, tweets, followers, followees, favorites)"
    " WHERE c.user_id = changed.user_id"
    " RETURNING c.user_id, c.tweets_count, c.followers_count, c.followees_count, "
    "c.favorites_count, " LINNET_VERSION};

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

counts counts_in(const pqxx::row& row) {
  const auto number = [&](int i) { return row[i].as<std::int64_t>(); };
  return {row[0].as<user_id>(), number(1), number(2), number(3), number(4), row[5].as<std::uint64_t>()};
}

counts_by_user change_counts(storage::transaction& tx, const std::vector<count_change>& changes) {
  return changes.empty() ? counts_by_user() : counts_in(tx.exec(change_counts_text(tx, changes)));
}

std::string change_counts_text(const storage::transaction& tx, const std::vector<count_change>& changes) {
  std::map<user_id, count_change> by_user;
  for (const auto& c : changes) {
    auto& sum = by_user[c.user];
    sum.tweets += c.tweets;
    sum.followers += c.followers;
    sum.followees += c.followees;
    sum.favorites += c.favorites;
  }
  const auto column = [&](int count_change::*member) {
    return storage::array_of(by_user,
                             [member](const auto& entry) { return std::int64_t{entry.second.*member}; });
  };
  const auto users = storage::array_of(by_user, [](const auto& entry) { return std::int64_t{entry.first}; });
  return storage::execute_text(tx, change_counts_statement, users, column(&count_change::tweets),
                               column(&count_change::followers), column(&count_change::followees),
                               column(&count_change::favorites));
}

counts_by_user counts_in(const pqxx::result& rows) {
  counts_by_user changed;
  for (const auto& row : rows) {
    const auto told = counts_in(row);
    changed[told.user] = told;
  }
  return changed;
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
