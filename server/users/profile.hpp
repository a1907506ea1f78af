// A user as others see them.
#pragma once

#include <memory>
#include <string>

#include "core/ids.hpp"

namespace linnet::users {

struct profile {
  user_id id = 0;
  std::string username;
  std::string first_name;
  std::string last_name;
  std::string description;
  timestamp created_at;
  timestamp updated_at;
  std::int64_t tweets_count = 0;
  std::int64_t followers_count = 0;
  std::int64_t followees_count = 0;
  std::int64_t favorites_count = 0;

  // Rendered once, when read: the members of the User object without braces, and the whole short form
  // {id, username, first_name, last_name} that tweets and connections carry.
  std::string members_json;
  std::string reference_json;

  void render();
};

using profile_ptr = std::shared_ptr<const profile>;

// For memcached.
std::string encode_profile(const profile&);
profile_ptr decode_profile(std::string_view);

}  // namespace linnet::users
