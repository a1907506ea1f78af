// The newest tweets that a user favorited, as ids: one small object tells of a whole page which of its tweets
// the viewer favorited.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/ids.hpp"

namespace linnet::tweets {

inline constexpr std::size_t favorite_window_size = 500;

struct favorite_window {
  std::vector<tweet_id> ids;  // descending
  bool complete = true;       // false: there are older ones

  bool covers(tweet_id id) const { return complete || id >= ids.back(); }
  bool contains(tweet_id id) const;
};

using favorite_window_ptr = std::shared_ptr<const favorite_window>;

// Of the newest ids, descending; one more than the window tells that there are older ones.
favorite_window_ptr make_favorite_window(std::vector<tweet_id> newest);

// For memcached.
std::string encode_favorite_window(const favorite_window&);
favorite_window_ptr decode_favorite_window(std::string_view);

}  // namespace linnet::tweets
