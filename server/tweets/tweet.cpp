#include "tweets/tweet.hpp"

#include "core/json_text.hpp"
#include "storage/codec.hpp"

namespace linnet::tweets {

namespace {

constexpr char tweet_version = 1;

}  // namespace

void tweet::render() {
  members_json = "\"id\":\"";
  append_number(members_json, id);
  members_json += "\",\"content\":";
  append_string(members_json, content);
  members_json += ",\"created_at\":\"";
  append_rfc3339(members_json, created_at);
  members_json += "\",\"favorites_count\":";
  append_number(members_json, favorites_count);
}

std::string encode_tweet(const tweet& t) {
  storage::encoder out(tweet_version);
  out.add(t.id).add(std::int64_t{t.author}).add(t.content).add(t.created_at).add(t.favorites_count);
  return std::move(out).bytes();
}

tweet_ptr decode_tweet(std::string_view bytes) {
  storage::decoder in(bytes, tweet_version);
  auto t = std::make_shared<tweet>();
  t->id = in.number();
  t->author = static_cast<user_id>(in.number());
  t->content = in.text();
  t->created_at = in.time();
  t->favorites_count = in.number();
  if (!in.complete()) return nullptr;
  t->render();
  return t;
}

}  // namespace linnet::tweets
