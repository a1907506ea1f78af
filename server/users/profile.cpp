#include "users/profile.hpp"

#include "core/json_text.hpp"
#include "storage/codec.hpp"

namespace linnet::users {

namespace {

constexpr char profile_version = 1;

void append_text(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":");
  append_string(out, value);
}

void append_count(std::string& out, std::string_view key, std::int64_t value) {
  out.append(",\"").append(key).append("\":");
  append_number(out, value);
}

}  // namespace

void profile::render() {
  std::string names = "\"id\":\"";
  append_number(names, id);
  names += '"';
  append_text(names, "username", username);
  append_text(names, "first_name", first_name);
  append_text(names, "last_name", last_name);
  reference_json = "{" + names + "}";

  members_json = std::move(names);
  append_text(members_json, "description", description);
  append_text(members_json, "created_at", to_rfc3339(created_at));
  append_text(members_json, "updated_at", to_rfc3339(updated_at));
  append_count(members_json, "tweets_count", tweets_count);
  append_count(members_json, "followers_count", followers_count);
  append_count(members_json, "followees_count", followees_count);
  append_count(members_json, "favorites_count", favorites_count);
}

std::string encode_profile(const profile& p) {
  storage::encoder out(profile_version);
  out.add(std::int64_t{p.id}).add(p.username).add(p.first_name).add(p.last_name).add(p.description);
  out.add(p.created_at).add(p.updated_at);
  out.add(p.tweets_count).add(p.followers_count).add(p.followees_count).add(p.favorites_count);
  return std::move(out).bytes();
}

profile_ptr decode_profile(std::string_view bytes) {
  storage::decoder in(bytes, profile_version);
  auto p = std::make_shared<profile>();
  p->id = static_cast<user_id>(in.number());
  p->username = in.text();
  p->first_name = in.text();
  p->last_name = in.text();
  p->description = in.text();
  p->created_at = in.time();
  p->updated_at = in.time();
  p->tweets_count = in.number();
  p->followers_count = in.number();
  p->followees_count = in.number();
  p->favorites_count = in.number();
  if (!in.complete()) return nullptr;
  p->render();
  return p;
}

}  // namespace linnet::users
