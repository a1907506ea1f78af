#include "users/profile.hpp"

#include <catch2/catch.hpp>

#include "users/json.hpp"

namespace linnet::users {
namespace {

profile sample() {
  profile p;
  p.id = 17;
  p.username = "Alice_9";
  p.first_name = "Al \"ice\"";
  p.last_name = "\xC3\x96\\";
  p.description = "one\ntwo \xF0\x9F\x98\x80";
  p.created_at = from_unix_micros(1'769'851'800'123'456);
  p.updated_at = from_unix_micros(1'769'851'801'000'000);
  p.tweets_count = 1;
  p.followers_count = 2;
  p.followees_count = 3;
  p.favorites_count = 4;
  p.render();
  return p;
}

constexpr const char* sample_members =
    R"("id":"17","username":"Alice_9","first_name":"Al \"ice\"","last_name":")"
    "\xC3\x96"
    R"(\\","description":"one\ntwo )"
    "\xF0\x9F\x98\x80"
    R"(","created_at":"2026-01-31T09:30:00.123456Z","updated_at":"2026-01-31T09:30:01.000000Z",)"
    R"("tweets_count":1,"followers_count":2,"followees_count":3,"favorites_count":4)";

}  // namespace

TEST_CASE("a profile is rendered exactly", "[profile]") {
  const auto p = sample();
  CHECK(p.members_json == sample_members);
  CHECK(p.reference_json == R"({"id":"17","username":"Alice_9","first_name":"Al \"ice\"","last_name":")"
                            "\xC3\x96"
                            R"(\\"})");
}

TEST_CASE("a user is rendered with how the viewer stands to them", "[profile]") {
  const auto p = sample();
  const std::string head = std::string("{") + sample_members;
  CHECK(user_json(p, nullptr) == head + "}");
  relation r;
  CHECK(user_json(p, &r) == head + R"(,"viewer":{"following":false,"followed_by":false}})");
  r.following_since = 1;
  CHECK(user_json(p, &r) == head + R"(,"viewer":{"following":true,"followed_by":false}})");
  r.followed_since = 1;
  std::string out;
  append_user(out, p, &r, time_member("followed_at", 1'769'851'800'123'456));
  CHECK(
      out ==
      head +
          R"(,"viewer":{"following":true,"followed_by":true},"followed_at":"2026-01-31T09:30:00.123456Z"})");
}

TEST_CASE("a profile passes through memcached", "[profile]") {
  const auto p = sample();
  const auto back = decode_profile(encode_profile(p));
  REQUIRE(back);
  CHECK(back->id == p.id);
  CHECK(back->created_at == p.created_at);
  CHECK(back->members_json == p.members_json);
  CHECK(back->reference_json == p.reference_json);
  CHECK(encode_profile(*back) == encode_profile(p));
}

TEST_CASE("damaged profiles decode to nothing", "[profile]") {
  const auto bytes = encode_profile(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(decode_profile(bytes.substr(0, size)) == nullptr);
  CHECK(decode_profile(bytes + "x") == nullptr);
  CHECK(decode_profile("\x7f" + bytes.substr(1)) == nullptr);
}

}  // namespace linnet::users
