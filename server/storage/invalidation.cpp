#include "storage/invalidation.hpp"

#include <sodium/utils.h>

namespace linnet::storage {

namespace {

cache_key page(list_kind list, std::int64_t owner) {
  return cache_key::first_page(list, owner);
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

// Favorites of the tweet show nothing of it any more, and change one by one as they are cleaned.
changes changed_by_tweet_deletion(user_id author, tweet_id id) {
  changes keys = changed_by_tweet(author);
  keys.push_back(cache_key::tweet(id));
  keys.push_back(page(list_kind::favorited_tweets, author));
  keys.push_back(page(list_kind::tweet_favorites, id));
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
  return {cache_key::tweet(tweet),
          cache_key::favorite(user, tweet),
          page(list_kind::tweet_favorites, tweet),
          page(list_kind::favorited_tweets, author),
          cache_key::user(user),
          cache_key::favorite_ids(user),
          page(list_kind::user_favorites, user),
          page(list_kind::activity, user)};
}

// Others' lists show nothing of the user any more, and change step by step as the user's rows are cleaned.
changes changed_by_user_deletion(const deleted_user& gone) {
  changes keys = changed_by_ended_sessions(gone.token_hashes);
  keys.push_back(cache_key::username(gone.username));
  keys.push_back(cache_key::user(gone.id));
  for (const auto list : {list_kind::user_tweets, list_kind::favorited_tweets, list_kind::followers,
                          list_kind::followees, list_kind::user_favorites, list_kind::activity}) {
    keys.push_back(page(list, gone.id));
  }
  return keys;
}

}  // namespace linnet::storage
