#include "tweets/post_tweet.hpp"

#include <algorithm>
#include <array>

#include "tweets/json.hpp"

namespace linnet::tweets {

using storage::array_of;
using storage::execute;
using storage::statement;

namespace {

// Never waits: a key that another server is just using must not hold up the batch.
constexpr statement post_tweet_lock_keys{
    "post_tweet_lock_keys", "int[], text[]",
    "SELECT k.n, pg_try_advisory_xact_lock(hashtextextended(k.key, k.user_id))"
    " FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, key, n)"};

constexpr statement post_tweet_known_keys{
    "post_tweet_known_keys", "int[], text[]",
    "SELECT k.n, encode(i.request_hash, 'hex'), i.response FROM unnest($1, $2) WITH ORDINALITY AS k(user_id, "
    "key, n)"
    " JOIN idempotency_keys i ON i.user_id = k.user_id AND i.key = k.key"};

constexpr statement post_tweet_remember_keys{
    "post_tweet_remember_keys", "int[], text[], text[], text[]",
    "INSERT INTO idempotency_keys (user_id, key, request_hash, response)"
    " SELECT k.user_id, k.key, decode(k.hash, 'hex'), k.response"
    " FROM unnest($1, $2, $3, $4) AS k(user_id, key, hash, response)"};

constexpr statement post_tweet_insert{
    "post_tweet", "bigint[], int[], text[], timestamptz[]",
    "INSERT INTO tweets (id, user_id, content, created_at) SELECT * FROM unnest($1, $2, $3, $4)"};

using requests = std::vector<const new_tweet*>;

std::int64_t author_of(const new_tweet* t) {
  return t->fresh.author;
}
std::string_view key_of(const new_tweet* t) {
  return t->once->key;
}

// Settles the outcome of every request whose key was used before; returns those that go on to post.
requests claim_keys(pqxx::work& tx, const std::vector<new_tweet>& all, const requests& keyed,
                    std::vector<posted>& outcomes) {
  const auto outcome_of = [&](const new_tweet* t) -> posted& {
    return outcomes[static_cast<std::size_t>(t - all.data())];
  };
  requests mine;
  for (const auto& row :
       execute(tx, post_tweet_lock_keys, array_of(keyed, author_of), array_of(keyed, key_of))) {
    const auto* t = keyed[row[0].as<std::size_t>() - 1];
    if (row[1].as<bool>()) {
      mine.push_back(t);
    } else {
      outcome_of(t).what = posted::result::in_progress;
    }
  }
  const auto settle = [&](const new_tweet* t, const std::string& hash, const std::string& response) {
    auto& outcome = outcome_of(t);
    outcome.what = hash == t->once->request_hash ? posted::result::replayed : posted::result::key_reused;
    outcome.response = response;
  };
  std::vector<bool> known(mine.size());
  for (const auto& row :
       execute(tx, post_tweet_known_keys, array_of(mine, author_of), array_of(mine, key_of))) {
    const auto n = row[0].as<std::size_t>() - 1;
    known[n] = true;
    settle(mine[n], row[1].c_str(), row[2].c_str());
  }
  requests fresh;
  for (std::size_t n = 0; n < mine.size(); ++n) {
    if (known[n]) continue;
    const auto same = std::find_if(fresh.begin(), fresh.end(), [&](const new_tweet* t) {
      return t->fresh.author == mine[n]->fresh.author && t->once->key == mine[n]->once->key;
    });
    if (same == fresh.end()) {
      fresh.push_back(mine[n]);
    } else {
      settle(mine[n], (*same)->once->request_hash, outcome_of(*same).response);  // twice in this batch
    }
  }
  if (fresh.empty()) return fresh;
  execute(tx, post_tweet_remember_keys, array_of(fresh, author_of), array_of(fresh, key_of),
          array_of(fresh, [](const new_tweet* t) { return std::string_view(t->once->request_hash); }),
          array_of(fresh, [&](const new_tweet* t) { return std::string_view(outcome_of(t).response); }));
  return fresh;
}

std::vector<posted> run(pqxx::work& tx, const std::vector<new_tweet>& all) {
  std::vector<posted> outcomes(all.size());
  std::set<user_id> authors;
  for (const auto& t : all) authors.insert(t.fresh.author);
  const auto live = users::lock_users(tx, authors);

  requests keyed;
  requests posting;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto author = live.find(all[i].fresh.author);
    if (author == live.end()) continue;
    append_tweet(outcomes[i].response, all[i].fresh, author->second, false);
    (all[i].once ? keyed : posting).push_back(&all[i]);
  }
  if (!keyed.empty()) {
    const auto fresh = claim_keys(tx, all, keyed, outcomes);
    posting.insert(posting.end(), fresh.begin(), fresh.end());
  }
  if (posting.empty()) return outcomes;

  execute(tx, post_tweet_insert, array_of(posting, [](const new_tweet* t) { return t->fresh.id; }),
          array_of(posting, author_of),
          array_of(posting, [](const new_tweet* t) { return std::string_view(t->content); }),
          array_of(posting, [](const new_tweet* t) { return to_rfc3339(t->created_at); }));
  std::vector<users::count_change> changes;
  for (const auto* t : posting) changes.push_back({t->fresh.author, 1, 0, 0, 0});
  const auto counts = users::change_counts(tx, changes);
  for (const auto* t : posting) {
    auto& outcome = outcomes[static_cast<std::size_t>(t - all.data())];
    outcome.what = posted::result::created;
    outcome.author = counts.at(t->fresh.author);
  }
  return outcomes;
}

}  // namespace

const storage::write_operation<new_tweet, posted> post_tweet_batch{"post_tweet", run};

storage::statements post_tweet_statements() {
  static constexpr std::array all{&post_tweet_lock_keys, &post_tweet_known_keys, &post_tweet_remember_keys,
                                  &post_tweet_insert};
  return all;
}

}  // namespace linnet::tweets
