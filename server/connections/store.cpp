#include "connections/store.hpp"

#include <array>

namespace linnet::connections {

using storage::array_of;
using storage::execute;
using storage::execute_text;
using storage::statement;

const statement followers_page{
    "followers_page", storage::time_sorted_types,
    "SELECT k.n, " LINNET_MICROS("p.created_at") ", p.follower_id"
    " FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k(owner, before_at, before_id, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT c.created_at, c.follower_id FROM connections c"
    "  WHERE c.followee_id = k.owner AND (c.created_at, c.follower_id) < (k.before_at, k.before_id)"
    "  ORDER BY c.created_at DESC, c.follower_id DESC LIMIT k.page_size OFFSET k.skip) p"};

const statement followees_page{
    "followees_page", storage::time_sorted_types,
    "SELECT k.n, " LINNET_MICROS("p.created_at") ", p.followee_id"
    " FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k(owner, before_at, before_id, page_size, skip, n)"
    " CROSS JOIN LATERAL (SELECT c.created_at, c.followee_id FROM connections c"
    "  WHERE c.follower_id = k.owner AND (c.created_at, c.followee_id) < (k.before_at, k.before_id)"
    "  ORDER BY c.created_at DESC, c.followee_id DESC LIMIT k.page_size OFFSET k.skip) p"};

namespace {

constexpr statement follow_user_insert{
    "follow_user", "int[], int[]",
    "INSERT INTO connections (follower_id, followee_id, created_at)"
    " SELECT k.follower, k.followee, now() FROM unnest($1, $2) AS k(follower, followee)"
    " JOIN users f ON f.id = k.follower JOIN users g ON g.id = k.followee"
    " ORDER BY k.follower, k.followee ON CONFLICT DO NOTHING"
    " RETURNING follower_id, followee_id, " LINNET_MICROS("created_at")};

// Of those who followed before.
constexpr statement follow_user_since{
    "follow_user_since", "int[], int[]",
    "SELECT k.n, " LINNET_MICROS("c.created_at") " FROM unnest($1, $2) WITH ORDINALITY AS k(follower, followee, n)"
    " JOIN connections c ON c.follower_id = k.follower AND c.followee_id = k.followee"};

constexpr statement unfollow_user_delete{
    "unfollow_user", "int[], int[]",
    "WITH locked AS MATERIALIZED (SELECT c.follower_id, c.followee_id FROM unnest($1, $2) AS k(follower, "
    "followee)"
    "  JOIN connections c ON c.follower_id = k.follower AND c.followee_id = k.followee"
    "  ORDER BY c.follower_id, c.followee_id FOR UPDATE OF c)"
    " DELETE FROM connections c USING locked"
    " WHERE c.follower_id = locked.follower_id AND c.followee_id = locked.followee_id"
    " RETURNING c.follower_id, c.followee_id, " LINNET_MICROS("c.created_at")};

using requests = std::vector<connection_request>;
using outcomes = std::vector<connection_outcome>;

std::int64_t follower_of(const connection_request& r) {
  return r.follower;
}
std::int64_t followee_of(const connection_request& r) {
  return r.followee;
}

// Locks the users, who stay until the transaction ends, and changes the rows between them along with it.
// Returns these.
pqxx::result change_rows(storage::transaction& tx, const requests& all, const std::string& change,
                         outcomes& results) {
  std::set<user_id> ids;
  for (const auto& r : all) {
    ids.insert(r.follower);
    ids.insert(r.followee);
  }
  const auto rows = tx.exec_all({users::lock_users_text(tx, ids), change});
  const auto live = users::references_in(rows[0]);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto follower = live.find(all[i].follower);
    const auto followee = live.find(all[i].followee);
    results[i].found = follower != live.end() && followee != live.end();
    if (!results[i].found) continue;
    results[i].follower_reference = follower->second;
    results[i].followee_reference = followee->second;
  }
  return rows[1];
}

// Marks the first request of each changed row and moves the counts of both its users by `step`.
void count(storage::transaction& tx, int step, const pqxx::result& changed, const requests& all,
           outcomes& results) {
  std::map<std::pair<user_id, user_id>, std::int64_t> rows;
  for (const auto& row : changed) {
    rows.emplace(std::pair(row[0].as<user_id>(), row[1].as<user_id>()), row[2].as<std::int64_t>());
  }
  std::vector<users::count_change> changes;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!results[i].found) continue;
    const auto row = rows.extract({all[i].follower, all[i].followee});
    if (row.empty()) continue;
    results[i].changed = true;
    results[i].since = row.mapped();
    changes.push_back({all[i].follower, 0, 0, step, 0});
    changes.push_back({all[i].followee, 0, step, 0, 0});
  }
  // Of whom came to be between two statements; they are there when all of it runs again.
  if (!rows.empty()) throw pqxx::transaction_rollback("A user is newer than the request.");
  const auto counts = users::change_counts(tx, changes);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!results[i].changed) continue;
    results[i].follower = counts.at(all[i].follower);
    results[i].followee = counts.at(all[i].followee);
  }
}

outcomes run_follow(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  const auto insert =
      execute_text(tx, follow_user_insert, array_of(all, follower_of), array_of(all, followee_of));
  const auto inserted = change_rows(tx, all, insert, results);
  count(tx, 1, inserted, all, results);
  if (inserted.size() == all.size()) return results;
  for (const auto& row :
       execute(tx, follow_user_since, array_of(all, follower_of), array_of(all, followee_of))) {
    results[row[0].as<std::size_t>() - 1].since = row[1].as<std::int64_t>();
  }
  return results;
}

outcomes run_unfollow(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  const auto remove =
      execute_text(tx, unfollow_user_delete, array_of(all, follower_of), array_of(all, followee_of));
  count(tx, -1, change_rows(tx, all, remove, results), all, results);
  return results;
}

storage::changes changed_by(const connection_request& r, const connection_outcome& outcome) {
  if (!outcome.found) return {};
  return storage::changed_by_connection(r.follower, r.followee);
}

}  // namespace

const storage::write_operation<connection_request, connection_outcome> follow_user_batch{
    "follow_user", run_follow, changed_by};
const storage::write_operation<connection_request, connection_outcome> unfollow_user_batch{
    "unfollow_user", run_unfollow, changed_by};

storage::statements statements() {
  static const std::array all{&followers_page, &followees_page, &follow_user_insert, &follow_user_since,
                              &unfollow_user_delete};
  return all;
}

}  // namespace linnet::connections
