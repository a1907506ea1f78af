// A user as others see them.
#pragma once

#include <memory>
#include <string>

#include "core/ids.hpp"

namespace linnet::users {

struct profile_texts {
  std::string_view first_name;
  std::string_view last_name;
  std::string_view description;
};

struct profile {
  user_id id = 0;
  std::string username;

  // The members of the User object without braces, up to the counts: rendered once, when read. Its first
  // `reference_size` bytes are those of the short form {id, username, first_name, last_name} that tweets and
  // connections carry.
  std::string members;
  std::size_t reference_size = 0;

  std::int64_t tweets_count = 0;
  std::int64_t followers_count = 0;
  std::int64_t followees_count = 0;
  std::int64_t favorites_count = 0;
  std::uint64_t counts_version = 0;  // of counts that a write told (see users::counts); 0: as read

  void render(const profile_texts&, timestamp created_at, timestamp updated_at);
  std::string_view reference() const { return std::string_view(members).substr(0, reference_size); }
};

// The members of the short form, without braces: what profile::reference() returns.
std::string render_reference(user_id, std::string_view username, std::string_view first_name,
                             std::string_view last_name);

using profile_ptr = std::shared_ptr<const profile>;

// For memcached.
std::string encode_profile(const profile&);
profile_ptr decode_profile(std::string_view);

}  // namespace linnet::users
