// A tweet as it is cached: its author is an object of its own.
#pragma once

#include <memory>
#include <string>

#include "core/ids.hpp"

namespace linnet::tweets {

struct tweet {
  tweet_id id = 0;
  user_id author = 0;

  // The members of the Tweet object that never change, without braces: id, content and created_at. Rendered
  // once, when read.
  std::string members;
  std::int64_t favorites_count = 0;
  std::uint64_t count_version = 0;  // of a count that a write told (see users::counts); 0: as read

  void render(std::string_view content, timestamp created_at);
};

using tweet_ptr = std::shared_ptr<const tweet>;

// For memcached.
std::string encode_tweet(const tweet&);
tweet_ptr decode_tweet(std::string_view);

}  // namespace linnet::tweets
