#include "storage/invalidation.hpp"

#include <sodium/utils.h>

namespace linnet::storage {

namespace {

cache_key page(list_kind list, std::int64_t owner) {
  return cache_key::first_page(list, owner);
}

void add_lists_of_favorites(changes& keys, user_id favoriter) {
  keys.push_back(cache_key::user(favoriter));
  keys.push_back(cache_key::favorite_ids(favoriter));
  keys.push_back(page(list_kind::user_favorites, favoriter));
  keys.push_back(page(list_kind::activity, favoriter));
}

}  // namespace

changes changed_by_registration(user_id id, const std::string& lower_username) {
  return {cache_key::username(lower_username), cache_key::user(id)};
}

changes changed_by_profile(user_id id) {
  return {cache_key::user(id)};
}

changes changed_by_ended_sessions(const std::vector<std::string>& token_hashes) {
  changes keys;
  for (const auto& hex : token_hashes) {
    std::string bytes(hex.size() / 2, '\0');
    sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(),
                   nullptr, nullptr, nullptr);
    keys.push_back(cache_key::session(bytes));
  }
  return keys;
}

changes changed_by_tweet(user_id author) {
  return {cache_key::user(author), page(list_kind::user_tweets, author), page(list_kind::activity, author)};
}

// The other servers learn of the tweet itself, too: their home timelines are made of what they were told.
changes changed_by_new_tweet(user_id author, tweet_id id) {
  changes keys = changed_by_tweet(author);
  keys.push_back(cache_key::posted(author, id));
  return keys;
}

changes changed_by_tweet_deletion(user_id author, tweet_id id, const std::vector<user_id>& favoriters) {
  changes keys = changed_by_tweet(author);
  keys.push_back(cache_key::tweet(id));
  keys.push_back(page(list_kind::favorited_tweets, author));
  keys.push_back(page(list_kind::tweet_favorites, id));
  for (const auto user : favoriters) {
    keys.push_back(cache_key::favorite(user, id));
    add_lists_of_favorites(keys, user);
  }
  return keys;
}

changes changed_by_connection(user_id follower, user_id followee) {
  return {cache_key::user(follower),
          cache_key::user(followee),
          cache_key::relation(follower, followee),
          cache_key::relation(followee, follower),
          cache_key::followee_ids(follower),
          cache_key::follower_ids(followee),
          page(list_kind::followees, follower),
          page(list_kind::followers, followee)};
}

changes changed_by_favorite(user_id user, user_id author, tweet_id tweet) {
  changes keys{cache_key::tweet(tweet), cache_key::favorite(user, tweet),
               page(list_kind::tweet_favorites, tweet), page(list_kind::favorited_tweets, author)};
  add_lists_of_favorites(keys, user);
  return keys;
}

changes changed_by_user_deletion(const deleted_user& gone) {
  changes keys = changed_by_ended_sessions(gone.token_hashes);
  keys.push_back(cache_key::username(gone.username));
  keys.push_back(cache_key::user(gone.id));
  for (const auto list : {list_kind::user_tweets, list_kind::favorited_tweets, list_kind::followers,
                          list_kind::followees, list_kind::user_favorites, list_kind::activity}) {
    keys.push_back(page(list, gone.id));
  }
  for (const auto other : gone.touched_users) {
    for (const auto& touched : {changed_by_connection(gone.id, other), changed_by_connection(other, gone.id)})
      keys.insert(keys.end(), touched.begin(), touched.end());
  }
  for (const auto id : gone.tweets) {
    keys.push_back(cache_key::tweet(id));
    keys.push_back(page(list_kind::tweet_favorites, id));
  }
  for (const auto& [tweet, author] : gone.unfavorited) {
    const auto touched = changed_by_favorite(gone.id, author, tweet);
    keys.insert(keys.end(), touched.begin(), touched.end());
  }
  for (const auto user : gone.favoriters) add_lists_of_favorites(keys, user);
  return keys;
}

}  // namespace linnet::storage
