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

// One statement for all of it. An author is proven to be there by the row of their counters, which stays
// locked until the transaction ends; who is not there, posts nothing.
constexpr statement post_tweet_insert{
    "post_tweet", "bigint[], int[], text[], timestamptz[], int[], int[]",
    "WITH counted AS (UPDATE user_counters c SET tweets_count = c.tweets_count + k.n"
    "  FROM unnest($5, $6) AS k(user_id, n) WHERE c.user_id = k.user_id"
    "  RETURNING " LINNET_USER_COUNTS
    "),"
    " posted AS (INSERT INTO tweets (id, user_id, content, created_at) SELECT k.* FROM unnest($1, $2, $3, $4)"
    "  AS k(id, user_id, content, created_at) JOIN counted ON counted.user_id = k.user_id)"
    " SELECT counted.*, u.username, u.first_name, u.last_name"
    " FROM counted JOIN users u ON u.id = counted.user_id"};

using requests = std::vector<const new_tweet*>;

std::int64_t author_of(const new_tweet* t) {
  return t->fresh.author;
}
std::string_view key_of(const new_tweet* t) {
  return t->once->key;
}

// Settles the outcome of every request whose key was used before; returns those that go on to post.
requests claim_keys(storage::transaction& tx, const std::vector<new_tweet>& all, const requests& keyed,
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

// Those that may be posted: without a key, or with one that is theirs now.
requests admitted(storage::transaction& tx, const std::vector<new_tweet>& all,
                  std::vector<posted>& outcomes) {
  requests posting;
  requests keyed;
  std::set<user_id> authors;  // of the keyed ones: the answer that is kept with the key shows their names
  for (const auto& t : all) {
    (t.once ? keyed : posting).push_back(&t);
    if (t.once) authors.insert(t.fresh.author);
  }
  if (keyed.empty()) return posting;
  const auto live = users::lock_users(tx, authors);
  std::erase_if(keyed, [&](const new_tweet* t) { return !live.contains(t->fresh.author); });
  for (const auto* t : keyed) {
    append_tweet(outcomes[static_cast<std::size_t>(t - all.data())].response, t->fresh,
                 live.at(t->fresh.author), false);
  }
  if (keyed.empty()) return posting;
  const auto fresh = claim_keys(tx, all, keyed, outcomes);
  posting.insert(posting.end(), fresh.begin(), fresh.end());
  return posting;
}

struct author {
  users::counts counts;
  std::string reference;
};

std::map<user_id, author> insert(storage::transaction& tx, const requests& posting) {
  std::map<user_id, std::int64_t> number;
  for (const auto* t : posting) ++number[t->fresh.author];
  std::map<user_id, author> authors;
  for (const auto& row :
       execute(tx, post_tweet_insert, array_of(posting, [](const new_tweet* t) { return t->fresh.id; }),
               array_of(posting, author_of),
               array_of(posting, [](const new_tweet* t) { return std::string_view(t->content); }),
               array_of(posting, [](const new_tweet* t) { return to_rfc3339(t->created_at); }),
               array_of(number, [](const auto& n) { return std::int64_t{n.first}; }),
               array_of(number, [](const auto& n) { return n.second; }))) {
    const auto counts = users::counts_in(row);
    authors[counts.user] = {
        counts, users::render_reference(counts.user, row[6].c_str(), row[7].c_str(), row[8].c_str())};
  }
  return authors;
}

std::vector<posted> run(storage::transaction& tx, const std::vector<new_tweet>& all) {
  std::vector<posted> outcomes(all.size());
  const auto posting = admitted(tx, all, outcomes);
  if (posting.empty()) return outcomes;
  const auto authors = insert(tx, posting);
  for (const auto* t : posting) {
    const auto author = authors.find(t->fresh.author);
    if (author == authors.end()) continue;
    auto& outcome = outcomes[static_cast<std::size_t>(t - all.data())];
    outcome.what = posted::result::created;
    outcome.author = author->second.counts;
    if (outcome.response.empty()) append_tweet(outcome.response, t->fresh, author->second.reference, false);
  }
  return outcomes;
}

storage::changes changed_by(const new_tweet& t, const posted& outcome) {
  if (outcome.what == posted::result::created)
    return storage::changed_by_new_tweet(t.fresh.author, t.fresh.id);
  // The first attempt may have died before it said so.
  if (outcome.what == posted::result::replayed) return storage::changed_by_tweet(t.fresh.author);
  return {};
}

}  // namespace

const storage::write_operation<new_tweet, posted> post_tweet_batch{"post_tweet", run, changed_by};

storage::statements post_tweet_statements() {
  static constexpr std::array all{&post_tweet_lock_keys, &post_tweet_known_keys, &post_tweet_remember_keys,
                                  &post_tweet_insert};
  return all;
}

}  // namespace linnet::tweets
