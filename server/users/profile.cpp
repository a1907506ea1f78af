#include "users/profile.hpp"

#include "core/json_text.hpp"
#include "storage/codec.hpp"

namespace linnet::users {

namespace {

constexpr char profile_version = 2;

void append_text(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":");
  append_string(out, value);
}

void append_time(std::string& out, std::string_view key, timestamp at) {
  out.append(",\"").append(key).append("\":\"");
  append_rfc3339(out, at);
  out += '"';
}

}  // namespace

std::string render_reference(user_id id, std::string_view username, std::string_view first_name,
                             std::string_view last_name) {
  std::string members = "\"id\":\"";
  append_number(members, id);
  members += '"';
  append_text(members, "username", username);
  append_text(members, "first_name", first_name);
  append_text(members, "last_name", last_name);
  return members;
}

void profile::render(const profile_texts& texts, timestamp created_at, timestamp updated_at) {
  members = render_reference(id, username, texts.first_name, texts.last_name);
  reference_size = members.size();
  members.reserve(reference_size + 128 + texts.description.size());
  append_text(members, "description", texts.description);
  append_time(members, "created_at", created_at);
  append_time(members, "updated_at", updated_at);
}

std::string encode_profile(const profile& p) {
  storage::encoder out(profile_version);
  out.add(std::int64_t{p.id}).add(p.username).add(p.members).add(static_cast<std::int64_t>(p.reference_size));
  out.add(p.tweets_count).add(p.followers_count).add(p.followees_count).add(p.favorites_count);
  return std::move(out).bytes();
}

profile_ptr decode_profile(std::string_view bytes) {
  storage::decoder in(bytes, profile_version);
  auto p = std::make_shared<profile>();
  p->id = static_cast<user_id>(in.number());
  p->username = in.text();
  p->members = in.text();
  p->reference_size = static_cast<std::size_t>(in.number());
  p->tweets_count = in.number();
  p->followers_count = in.number();
  p->followees_count = in.number();
  p->favorites_count = in.number();
  if (!in.complete()) return nullptr;
  return p;
}

}  // namespace linnet::users
