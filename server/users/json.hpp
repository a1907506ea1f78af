// Users on the wire.
#pragma once

#include <string>

#include "users/store.hpp"

namespace linnet::users {

// Appends a User. With `viewed`, also how the viewer and the user stand. `extra` are further members, each
// beginning with a comma.
void append_user(std::string& out, const profile&, const standing* viewed, std::string_view extra = {});

// Appends the short form {id, username, first_name, last_name}, given profile::reference().
inline void append_reference(std::string& out, std::string_view reference) {
  out.append("{").append(reference).append("}");
}

inline std::string user_json(const profile& p, const standing* viewed) {
  std::string out;
  append_user(out, p, viewed);
  return out;
}

// The ETag of a profile's JSON: "<profile>.<bytes>", where counts and viewer are no part of the first.
std::string profile_tag(const profile&, std::string_view json);

// ,"followed_at":"..." and the like.
std::string time_member(std::string_view name, std::int64_t micros);

}  // namespace linnet::users
