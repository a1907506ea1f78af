#include "users/profile.hpp"

#include <catch2/catch.hpp>

#include "users/json.hpp"

namespace linnet::users {
namespace {

profile sample() {
  profile p;
  p.id = 17;
  p.username = "Alice_9";
  p.tweets_count = 1;
  p.followers_count = 2;
  p.followees_count = 3;
  p.favorites_count = 4;
  p.render({"Al \"ice\"", "\xC3\x96\\", "one\ntwo \xF0\x9F\x98\x80"}, from_unix_micros(1'769'851'800'123'456),
           from_unix_micros(1'769'851'801'000'000));
  return p;
}

constexpr const char* sample_members =
    R"("id":"17","username":"Alice_9","first_name":"Al \"ice\"","last_name":")"
    "\xC3\x96"
    R"(\\","description":"one\ntwo )"
    "\xF0\x9F\x98\x80"
    R"(","created_at":"2026-01-31T09:30:00.123456Z","updated_at":"2026-01-31T09:30:01.000000Z")";

constexpr const char* sample_counts =
    R"(,"tweets_count":1,"followers_count":2,"followees_count":3,"favorites_count":4)";

}  // namespace

TEST_CASE("a profile is rendered exactly", "[profile]") {
  const auto p = sample();
  CHECK(p.members == sample_members);
  std::string reference;
  append_reference(reference, p.reference());
  CHECK(reference == R"({"id":"17","username":"Alice_9","first_name":"Al \"ice\"","last_name":")"
                     "\xC3\x96"
                     R"(\\"})");
}

TEST_CASE("a user is rendered with how the viewer stands to them", "[profile]") {
  const auto p = sample();
  const std::string head = std::string("{") + sample_members + sample_counts;
  CHECK(user_json(p, nullptr) == head + "}");
  standing r;
  CHECK(user_json(p, &r) == head + R"(,"viewer":{"following":false,"followed_by":false}})");
  r.following = true;
  CHECK(user_json(p, &r) == head + R"(,"viewer":{"following":true,"followed_by":false}})");
  r.followed_by = true;
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
  CHECK(back->username == p.username);
  CHECK(back->members == p.members);
  CHECK(back->reference() == p.reference());
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
