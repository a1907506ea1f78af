// Which cached values each write changes: all of it, in one place.
#pragma once

#include <utility>
#include <vector>

#include "core/cache_key.hpp"

namespace linnet::storage {

using changes = std::vector<cache_key>;

changes changed_by_registration(user_id, const std::string& lower_username);
changes changed_by_profile(user_id);
// By the hashes of the sessions' tokens, in hexadecimal.
changes changed_by_ended_sessions(const std::vector<std::string>& token_hashes);

changes changed_by_tweet(user_id author);
changes changed_by_new_tweet(user_id author, tweet_id);
changes changed_by_tweet_deletion(user_id author, tweet_id);
// Following and unfollowing.
changes changed_by_connection(user_id follower, user_id followee);
// Favoriting and unfavoriting.
changes changed_by_favorite(user_id, user_id author, tweet_id);

struct deleted_user {
  user_id id = 0;
  std::string username;                   // lower case
  std::vector<std::string> token_hashes;  // of the sessions that ended
};
changes changed_by_user_deletion(const deleted_user&);

}  // namespace linnet::storage
