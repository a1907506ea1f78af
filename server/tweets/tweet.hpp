// A tweet as it is cached: its author is an object of its own.
#pragma once

#include <memory>
#include <string>

#include "core/ids.hpp"

namespace linnet::tweets {

struct tweet {
  tweet_id id = 0;
  user_id author = 0;
  std::string content;
  timestamp created_at;
  std::int64_t favorites_count = 0;

  // Rendered once, when read: the members of the Tweet object but for user and viewer, without braces.
  std::string members_json;

  void render();
};

using tweet_ptr = std::shared_ptr<const tweet>;

// For memcached.
std::string encode_tweet(const tweet&);
tweet_ptr decode_tweet(std::string_view);

}  // namespace linnet::tweets
