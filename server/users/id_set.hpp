// Whom a user follows, or who follows a user: ids alone, so that one small object tells how a viewer stands
// to any number of others.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "core/ids.hpp"

namespace linnet::users {

// The largest sets that are kept. Beyond, each pair is looked up by itself.
inline constexpr std::size_t max_followees_kept = 100'000;
inline constexpr std::size_t max_followers_kept = 1'000;

struct id_set {
  std::vector<user_id> ids;  // ascending
  bool complete = true;      // false: there are too many to keep, and ids is empty

  bool contains(user_id id) const { return std::binary_search(ids.begin(), ids.end(), id); }
};

using id_set_ptr = std::shared_ptr<const id_set>;

// Of ids in any order.
id_set_ptr make_id_set(std::vector<user_id> ids, std::size_t max);

// For memcached.
std::string encode_id_set(const id_set&);
id_set_ptr decode_id_set(std::string_view);

}  // namespace linnet::users
