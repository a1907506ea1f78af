#include "users/json.hpp"

#include "core/json_text.hpp"
#include "http/middleware/conditional.hpp"

namespace linnet::users {

namespace {

void append_count(std::string& out, std::string_view member, std::int64_t value) {
  out.append(member);
  append_number(out, value);
}

}  // namespace

void append_user(std::string& out, const profile& p, const standing* viewed, std::string_view extra) {
  out.reserve(out.size() + p.members.size() + 256);
  out.append("{").append(p.members);
  append_count(out, ",\"tweets_count\":", p.tweets_count);
  append_count(out, ",\"followers_count\":", p.followers_count);
  append_count(out, ",\"followees_count\":", p.followees_count);
  append_count(out, ",\"favorites_count\":", p.favorites_count);
  if (viewed) {
    out.append(",\"viewer\":{\"following\":").append(viewed->following ? "true" : "false");
    out.append(",\"followed_by\":").append(viewed->followed_by ? "true" : "false").append("}");
  }
  out.append(extra).append("}");
}

std::string profile_tag(const profile& p, std::string_view json) {
  return http::entity_tag(p.members, json);
}

std::string time_member(std::string_view name, std::int64_t micros) {
  std::string member = ",\"";
  member.append(name).append("\":\"");
  append_rfc3339(member, from_unix_micros(micros));
  return member + '"';
}

}  // namespace linnet::users
