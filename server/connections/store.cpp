#include "connections/store.hpp"

#include <algorithm>
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

// Of the connections that a write changed: how many are to and from each user, in the order of ids.
#define LINNET_BY_USER                                                                      \
  "SELECT user_id, sum(followers)::int AS followers, sum(followees)::int AS followees FROM" \
  " (SELECT followee_id AS user_id, 1 AS followers, 0 AS followees FROM changed"            \
  "  UNION ALL SELECT follower_id, 0, 1 FROM changed) AS side GROUP BY user_id ORDER BY user_id"

// What both writes return: the connections that they changed, and the counts of their users.
#define LINNET_CHANGED_CONNECTIONS \
  " SELECT 'connection', follower_id, followee_id, " LINNET_MICROS("created_at") ", 0, 0, 0 FROM changed" \
  " UNION ALL SELECT 'user', counted.* FROM counted"

constexpr statement follow_user_statement{
    "follow_user", "int[], int[]",
    "WITH changed AS (INSERT INTO connections (follower_id, followee_id, created_at)"
    "  SELECT k.follower, k.followee, now() FROM unnest($1, $2) AS k(follower, followee)"
    "  JOIN users f ON f.id = k.follower JOIN users g ON g.id = k.followee"
    "  ORDER BY k.follower, k.followee ON CONFLICT DO NOTHING RETURNING follower_id, followee_id, "
    "created_at),"
    " counted AS (UPDATE user_counters c SET followers_count = c.followers_count + k.followers,"
    "  followees_count = c.followees_count + k.followees FROM (" LINNET_BY_USER
    ") AS k"
    "  WHERE c.user_id = k.user_id RETURNING " LINNET_USER_COUNTS ")" LINNET_CHANGED_CONNECTIONS};

// Of those who followed before.
constexpr statement follow_user_since{
    "follow_user_since", "int[], int[]",
    "SELECT k.n, " LINNET_MICROS("c.created_at") " FROM unnest($1, $2) WITH ORDINALITY AS k(follower, followee, n)"
    " JOIN connections c ON c.follower_id = k.follower AND c.followee_id = k.followee"};

constexpr statement unfollow_user_statement{
    "unfollow_user", "int[], int[]",
    "WITH locked AS MATERIALIZED (SELECT c.follower_id, c.followee_id FROM unnest($1, $2) AS k(follower, "
    "followee)"
    "  JOIN connections c ON c.follower_id = k.follower AND c.followee_id = k.followee"
    "  ORDER BY c.follower_id, c.followee_id FOR UPDATE OF c),"
    " changed AS (DELETE FROM connections c USING locked"
    "  WHERE c.follower_id = locked.follower_id AND c.followee_id = locked.followee_id"
    "  RETURNING c.follower_id, c.followee_id, c.created_at),"
    " counted AS (UPDATE user_counters c SET followers_count = c.followers_count - k.followers,"
    "  followees_count = c.followees_count - k.followees FROM (" LINNET_BY_USER
    ") AS k"
    "  WHERE c.user_id = k.user_id RETURNING " LINNET_USER_COUNTS ")" LINNET_CHANGED_CONNECTIONS};

using requests = std::vector<connection_request>;
using outcomes = std::vector<connection_outcome>;

std::int64_t follower_of(const connection_request& r) {
  return r.follower;
}
std::int64_t followee_of(const connection_request& r) {
  return r.followee;
}

// Locks the users, who stay until the transaction ends, and changes the connections between them and the
// counts along with it. Marks the first request of each changed connection.
void run(storage::transaction& tx, const statement& change, const requests& all, outcomes& results) {
  std::set<user_id> ids;
  for (const auto& r : all) {
    ids.insert(r.follower);
    ids.insert(r.followee);
  }
  const auto answers =
      tx.exec_all({users::lock_users_text(tx, ids),
                   execute_text(tx, change, array_of(all, follower_of), array_of(all, followee_of))});
  const auto live = users::references_in(answers[0]);
  std::map<std::pair<user_id, user_id>, std::int64_t> changed;
  users::counts_by_user counts;
  for (const auto& row : answers[1]) {
    if (row[0].c_str() == std::string_view("user")) {
      const auto told = users::counts_in(row, 1);
      counts.emplace(told.user, told);
    } else {
      changed.emplace(std::pair(row[1].as<user_id>(), row[2].as<user_id>()), row[3].as<std::int64_t>());
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto follower = live.find(all[i].follower);
    const auto followee = live.find(all[i].followee);
    results[i].found = follower != live.end() && followee != live.end();
    const auto connection = changed.extract({all[i].follower, all[i].followee});
    results[i].changed = !connection.empty();
    if (!results[i].found) continue;
    results[i].follower_reference = follower->second;
    results[i].followee_reference = followee->second;
    if (!results[i].changed) continue;
    results[i].since = connection.mapped();
    results[i].follower = counts.at(all[i].follower);
    results[i].followee = counts.at(all[i].followee);
  }
}

// The places of the new connections that take their follower beyond max_followees, the last of the batch
// first. No other transaction changes these counts meanwhile: this one has changed them, and holds their
// rows.
std::vector<std::size_t> too_many_of(const requests& all, const outcomes& results) {
  std::map<user_id, std::int64_t> surplus;
  std::vector<std::size_t> places;
  for (auto i = all.size(); i-- > 0;) {
    if (!results[i].changed) continue;
    const auto beyond = results[i].follower.followees - max_followees;
    if (surplus.try_emplace(all[i].follower, beyond).first->second-- > 0) places.push_back(i);
  }
  return places;
}

// Ends these connections again, marks their requests as refused, and updates the counts in all outcomes.
void refuse_too_many(storage::transaction& tx, const requests& all, outcomes& results) {
  requests refused;
  for (const auto i : too_many_of(all, results)) {
    results[i].changed = false;
    refused.push_back(all[i]);
  }
  if (refused.empty()) return;
  outcomes ended(refused.size());
  run(tx, unfollow_user_statement, refused, ended);
  users::counts_by_user counts;
  for (const auto& end : ended) {
    counts[end.follower.user] = end.follower;
    counts[end.followee.user] = end.followee;
  }
  const auto is_refused = [&](const connection_request& r) {
    return std::any_of(refused.begin(), refused.end(), [&](const auto& other) {
      return other.follower == r.follower && other.followee == r.followee;
    });
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    results[i].too_many = is_refused(all[i]);  // of the same connection twice both are
    if (const auto now = counts.find(all[i].follower); now != counts.end()) results[i].follower = now->second;
    if (const auto now = counts.find(all[i].followee); now != counts.end()) results[i].followee = now->second;
  }
}

outcomes run_follow(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  run(tx, follow_user_statement, all, results);
  // The user registered between two statements. Both statements see the user when the batch runs again.
  if (std::any_of(results.begin(), results.end(), [](const auto& r) { return r.changed && !r.found; }))
    throw pqxx::transaction_rollback("A user is newer than the request.");
  refuse_too_many(tx, all, results);
  if (std::all_of(results.begin(), results.end(), [](const auto& r) { return r.changed; })) return results;
  for (const auto& row :
       execute(tx, follow_user_since, array_of(all, follower_of), array_of(all, followee_of))) {
    results[row[0].as<std::size_t>() - 1].since = row[1].as<std::int64_t>();
  }
  const auto lost = [](const connection_outcome& r) { return r.found && !r.too_many && r.since == 0; };
  if (std::any_of(results.begin(), results.end(), lost))
    throw pqxx::transaction_rollback("A connection that was there was ended meanwhile.");
  return results;
}

outcomes run_unfollow(storage::transaction& tx, const requests& all) {
  outcomes results(all.size());
  run(tx, unfollow_user_statement, all, results);
  return results;
}

storage::changes changed_by(const connection_request& r, const connection_outcome& outcome) {
  if (!outcome.found && !outcome.changed) return {};
  return storage::changed_by_connection(r.follower, r.followee);
}

}  // namespace

storage::changes end_connections(storage::transaction& tx, const std::vector<connection_request>& ended) {
  if (ended.empty()) return {};
  execute(tx, unfollow_user_statement, array_of(ended, follower_of), array_of(ended, followee_of));
  storage::changes changed;
  for (const auto& r : ended) {
    const auto keys = storage::changed_by_connection(r.follower, r.followee);
    changed.insert(changed.end(), keys.begin(), keys.end());
  }
  return changed;
}

const storage::write_operation<connection_request, connection_outcome> follow_user_batch{
    "follow_user", run_follow, changed_by};
const storage::write_operation<connection_request, connection_outcome> unfollow_user_batch{
    "unfollow_user", run_unfollow, changed_by};

storage::statements statements() {
  static const std::array all{&followers_page, &followees_page, &follow_user_statement, &follow_user_since,
                              &unfollow_user_statement};
  return all;
}

}  // namespace linnet::connections
