#include "users/counters.hpp"

#include <catch2/catch.hpp>

#include "users/profile.hpp"

namespace linnet::users {
namespace {

storage::local_cache::value profile_with(std::int64_t followers, std::uint64_t version) {
  auto p = std::make_shared<profile>();
  p->id = 17;
  p->username = "alice";
  p->followers_count = followers;
  p->counts_version = version;
  return p;
}

const counts told{17, 1, 2, 3, 4, 100};

const profile* brought_up_to_date(const storage::local_cache::value& held, bool older,
                                  storage::local_cache::value& result) {
  result = update_of(told).apply(held, older);
  return static_cast<const profile*>(result.get());
}

}  // namespace

TEST_CASE("a profile held before the write takes its counts and keeps the rest", "[counters]") {
  storage::local_cache::value result;
  CHECK(update_of(told).key == cache_key::user(17));
  const auto* fresh = brought_up_to_date(profile_with(1, 0), true, result);
  REQUIRE(fresh);
  CHECK(fresh->username == "alice");
  CHECK(fresh->tweets_count == 1);
  CHECK(fresh->followers_count == 2);
  CHECK(fresh->followees_count == 3);
  CHECK(fresh->favorites_count == 4);
  CHECK(fresh->counts_version == 100);
}

TEST_CASE("a profile read while the write ran may or may not have its counts: it is dropped", "[counters]") {
  storage::local_cache::value result;
  CHECK(brought_up_to_date(profile_with(1, 0), false, result) == nullptr);
}

TEST_CASE("of two writes the one that held the row later wins, in whatever order they are told",
          "[counters]") {
  storage::local_cache::value result;
  CHECK(brought_up_to_date(profile_with(9, 101), false, result)->followers_count == 9);
  CHECK(brought_up_to_date(profile_with(9, 100), true, result)->followers_count == 9);
  CHECK(brought_up_to_date(profile_with(9, 99), false, result)->followers_count == 2);
}

}  // namespace linnet::users
