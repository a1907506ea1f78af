#include "users/json.hpp"

namespace linnet::users {

void append_user(std::string& out, const profile& p, const relation* viewed, std::string_view extra) {
  out.append("{").append(p.members_json);
  if (viewed) {
    out.append(",\"viewer\":{\"following\":").append(viewed->following_since ? "true" : "false");
    out.append(",\"followed_by\":").append(viewed->followed_since ? "true" : "false").append("}");
  }
  out.append(extra).append("}");
}

std::string time_member(std::string_view name, std::int64_t micros) {
  std::string member = ",\"";
  member.append(name).append("\":\"");
  append_rfc3339(member, from_unix_micros(micros));
  return member + '"';
}

}  // namespace linnet::users
