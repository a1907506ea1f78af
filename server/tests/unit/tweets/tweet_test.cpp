#include "tweets/tweet.hpp"

#include <catch2/catch.hpp>

#include "tweets/json.hpp"

namespace linnet::tweets {
namespace {

tweet sample() {
  tweet t;
  t.id = 9'007'199'254'740'993;  // beyond what a double holds: ids are strings
  t.author = 17;
  t.render("say \"hi\"\n\\o/ \xF0\x9F\x98\x80 </script>", from_unix_micros(1'769'851'800'123'000));
  t.favorites_count = 3;
  return t;
}

constexpr const char* sample_members = R"("id":"9007199254740993","content":"say \"hi\"\n\\o/ )"
                                       "\xF0\x9F\x98\x80"
                                       R"( </script>","created_at":"2026-01-31T09:30:00.123000Z")";

}  // namespace

TEST_CASE("a tweet is rendered exactly", "[tweet]") {
  CHECK(sample().members == sample_members);
}

TEST_CASE("a tweet is shown with its author, and with what the viewer did", "[tweet]") {
  users::profile author;
  author.id = 17;
  author.username = "alice";
  author.render({"", "", ""}, {}, {});
  const std::string head =
      std::string("{") + sample_members +
      R"(,"favorites_count":3,"user":{"id":"17","username":"alice","first_name":"","last_name":""})";
  const auto shown = [&](std::optional<bool> favorited, std::string_view extra = {}) {
    std::string out;
    append_tweet(out, sample(), author.reference(), favorited, extra);
    return out;
  };
  CHECK(shown(std::nullopt) == head + "}");
  CHECK(shown(false) == head + R"(,"viewer":{"favorited":false}})");
  CHECK(shown(true, ",\"x\":1") == head + R"(,"viewer":{"favorited":true},"x":1})");
}

TEST_CASE("a tweet passes through memcached", "[tweet]") {
  const auto t = sample();
  const auto back = decode_tweet(encode_tweet(t));
  REQUIRE(back);
  CHECK(back->id == t.id);
  CHECK(back->author == t.author);
  CHECK(back->favorites_count == t.favorites_count);
  CHECK(back->members == t.members);
}

TEST_CASE("damaged tweets decode to nothing", "[tweet]") {
  const auto bytes = encode_tweet(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(decode_tweet(bytes.substr(0, size)) == nullptr);
  CHECK(decode_tweet(bytes + "x") == nullptr);
  CHECK(decode_tweet("\x7f" + bytes.substr(1)) == nullptr);
}

}  // namespace linnet::tweets
