#include "tweets/tweet.hpp"

#include "core/json_text.hpp"
#include "storage/codec.hpp"

namespace linnet::tweets {

namespace {

constexpr char tweet_version = 2;

}  // namespace

void tweet::render(std::string_view content, timestamp created_at) {
  members.reserve(96 + content.size());
  members = "\"id\":\"";
  append_number(members, id);
  members += "\",\"content\":";
  append_string(members, content);
  members += ",\"created_at\":\"";
  append_rfc3339(members, created_at);
  members += '"';
}

std::string encode_tweet(const tweet& t) {
  storage::encoder out(tweet_version);
  out.add(t.id).add(std::int64_t{t.author}).add(t.members).add(t.favorites_count);
  return std::move(out).bytes();
}

tweet_ptr decode_tweet(std::string_view bytes) {
  storage::decoder in(bytes, tweet_version);
  auto t = std::make_shared<tweet>();
  t->id = in.number();
  t->author = static_cast<user_id>(in.number());
  t->members = in.text();
  t->favorites_count = in.number();
  if (!in.complete()) return nullptr;
  return t;
}

}  // namespace linnet::tweets
