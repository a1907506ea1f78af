#include "storage/invalidation.hpp"

#include <set>

#include <catch2/catch.hpp>

namespace linnet::storage {
namespace {

constexpr user_id alice = 1;
constexpr user_id bob = 2;
constexpr user_id carol = 3;
constexpr tweet_id tweet = 100;

std::set<std::string> named(const changes& keys) {
  std::set<std::string> texts;
  for (const auto& key : keys) texts.insert(key.text());
  return texts;
}

cache_key page(list_kind list, std::int64_t owner) {
  return cache_key::first_page(list, owner);
}

}  // namespace

TEST_CASE("registering makes the name and the profile known", "[invalidation]") {
  CHECK(named(changed_by_registration(alice, "alice")) ==
        named({cache_key::username("alice"), cache_key::user(alice)}));
}

TEST_CASE("a profile changes itself alone", "[invalidation]") {
  CHECK(named(changed_by_profile(alice)) == named({cache_key::user(alice)}));
}

TEST_CASE("ended sessions are named by the hashes of their tokens", "[invalidation]") {
  std::string hash;
  for (int i = 0; i < 32; ++i) hash += static_cast<char>(i * 8);
  std::string hex;
  for (const char c : hash) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  CHECK(changed_by_ended_sessions({hex, std::string(64, 'f')}) ==
        changes{cache_key::session(hash), cache_key::session(std::string(32, '\xff'))});
  CHECK(changed_by_ended_sessions({}).empty());
}

TEST_CASE("a tweet changes its author's counts and lists", "[invalidation]") {
  CHECK(named(changed_by_tweet(alice)) == named({cache_key::user(alice), page(list_kind::user_tweets, alice),
                                                 page(list_kind::activity, alice)}));
}

TEST_CASE("a deleted tweet leaves its author's lists", "[invalidation]") {
  CHECK(named(changed_by_tweet_deletion(alice, tweet)) ==
        named({cache_key::tweet(tweet), cache_key::user(alice), page(list_kind::user_tweets, alice),
               page(list_kind::activity, alice), page(list_kind::favorited_tweets, alice),
               page(list_kind::tweet_favorites, tweet)}));
}

TEST_CASE("a connection changes both sides", "[invalidation]") {
  CHECK(named(changed_by_connection(alice, bob)) ==
        named({cache_key::user(alice), cache_key::user(bob), cache_key::relation(alice, bob),
               cache_key::relation(bob, alice), cache_key::followee_ids(alice), cache_key::follower_ids(bob),
               page(list_kind::followees, alice), page(list_kind::followers, bob)}));
}

TEST_CASE("a favorite changes the tweet, its author's lists and the favoriter's", "[invalidation]") {
  CHECK(named(changed_by_favorite(alice, bob, tweet)) ==
        named({cache_key::tweet(tweet), cache_key::favorite(alice, tweet),
               page(list_kind::tweet_favorites, tweet), page(list_kind::favorited_tweets, bob),
               cache_key::user(alice), cache_key::favorite_ids(alice), page(list_kind::user_favorites, alice),
               page(list_kind::activity, alice)}));
}

TEST_CASE("with a user go their sessions, name, profile and lists", "[invalidation]") {
  deleted_user gone;
  gone.id = alice;
  gone.username = "alice";
  gone.token_hashes = {std::string(64, '0')};
  const auto keys = named(changed_by_user_deletion(gone));

  changes expected{cache_key::session(std::string(32, '\0')), cache_key::username("alice"),
                   cache_key::user(alice)};
  for (const auto list : {list_kind::user_tweets, list_kind::favorited_tweets, list_kind::followers,
                          list_kind::followees, list_kind::user_favorites, list_kind::activity}) {
    expected.push_back(page(list, alice));
  }
  CHECK(keys == named(expected));
}

// Timelines and sessions are never cached; every other list is, and some write must reach it.
TEST_CASE("every cached list has a write that names it", "[invalidation]") {
  std::set<std::string> named_by_writes;
  for (const auto& keys : {changed_by_tweet(alice), changed_by_tweet_deletion(alice, tweet),
                           changed_by_connection(alice, bob), changed_by_favorite(alice, bob, tweet)}) {
    for (const auto& key : keys) {
      if (key.kind == cache_kind::first_page) named_by_writes.insert(std::to_string(key.a));
    }
  }
  for (int list = 1; list <= 7; ++list) CHECK(named_by_writes.contains(std::to_string(list)));
}

}  // namespace linnet::storage
