#include "tweets/favorite_window.hpp"

#include <catch2/catch.hpp>

namespace linnet::tweets {
namespace {

std::vector<tweet_id> descending(std::size_t n) {
  std::vector<tweet_id> ids;
  for (std::size_t i = 0; i < n; ++i) ids.push_back(static_cast<tweet_id>(10 * (n - i)));
  return ids;
}

}  // namespace

TEST_CASE("a user with few favorites is known whole", "[favorite_window]") {
  const auto window = make_favorite_window(descending(3));
  CHECK(window->complete);
  CHECK(window->contains(30));
  CHECK_FALSE(window->contains(15));
  CHECK(window->covers(1));
  CHECK(make_favorite_window({})->covers(1));
  CHECK(make_favorite_window(descending(favorite_window_size))->complete);
}

TEST_CASE("of a user with many favorites the newest are known", "[favorite_window]") {
  const auto window = make_favorite_window(descending(favorite_window_size + 1));
  CHECK_FALSE(window->complete);
  CHECK(window->ids.size() == favorite_window_size);
  CHECK(window->contains(20));
  CHECK(window->covers(20));
  CHECK_FALSE(window->contains(10));
  CHECK_FALSE(window->covers(19));
}

TEST_CASE("a window passes through memcached, damaged ones do not", "[favorite_window]") {
  for (const std::size_t n : {std::size_t{0}, std::size_t{3}, favorite_window_size + 1}) {
    const auto window = make_favorite_window(descending(n));
    const auto bytes = encode_favorite_window(*window);
    const auto back = decode_favorite_window(bytes);
    REQUIRE(back);
    CHECK(back->ids == window->ids);
    CHECK(back->complete == window->complete);
    CHECK(decode_favorite_window(bytes.substr(0, bytes.size() - 1)) == nullptr);
  }
}

}  // namespace linnet::tweets
