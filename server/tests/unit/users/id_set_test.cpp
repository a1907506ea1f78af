#include "users/id_set.hpp"

#include <catch2/catch.hpp>

#include "storage/id_array.hpp"

namespace linnet::users {

TEST_CASE("PostgreSQL's text of an array of ids is read", "[id_set]") {
  CHECK(storage::parse_id_array<user_id>("").empty());
  CHECK(storage::parse_id_array<user_id>("{}").empty());
  CHECK(storage::parse_id_array<user_id>("{7}") == std::vector<user_id>{7});
  CHECK(storage::parse_id_array<tweet_id>("{9223372036854775807,3,12}") ==
        std::vector<tweet_id>{9223372036854775807, 3, 12});
}

TEST_CASE("a set tells who is in it", "[id_set]") {
  const auto set = make_id_set({9, 2, 5}, 3);
  CHECK(set->complete);
  CHECK(set->ids == std::vector<user_id>{2, 5, 9});
  CHECK(set->contains(5));
  CHECK_FALSE(set->contains(4));
  CHECK_FALSE(make_id_set({}, 3)->contains(1));
}

TEST_CASE("a set beyond its limit knows that it is not whole", "[id_set]") {
  const auto set = make_id_set({1, 2, 3, 4}, 3);
  CHECK_FALSE(set->complete);
  CHECK(set->ids.empty());
}

TEST_CASE("a set passes through memcached, damaged ones do not", "[id_set]") {
  for (const auto& set : {make_id_set({}, 3), make_id_set({9, 2, 5}, 3), make_id_set({9, 2, 5}, 2)}) {
    const auto bytes = encode_id_set(*set);
    const auto back = decode_id_set(bytes);
    REQUIRE(back);
    CHECK(back->ids == set->ids);
    CHECK(back->complete == set->complete);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK(decode_id_set(bytes.substr(0, size)) == nullptr);
  }
}

}  // namespace linnet::users
