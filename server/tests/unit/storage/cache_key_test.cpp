#include "core/cache_key.hpp"

#include <set>

#include <catch2/catch.hpp>

namespace linnet {
namespace {

std::vector<cache_key> many_keys() {
  std::vector<cache_key> keys;
  for (int i = 1; i <= 3000; ++i) {
    const std::int64_t large = (std::int64_t{i} << 40) + i;
    keys.push_back(cache_key::user(i));
    keys.push_back(cache_key::tweet(i));
    keys.push_back(cache_key::tweet(large));
    keys.push_back(cache_key::relation(i, i + 1));
    keys.push_back(cache_key::relation(i + 1, i));
    keys.push_back(cache_key::favorite(i, large));
    keys.push_back(cache_key::username("user_" + std::to_string(i)));
    for (int list = 1; list <= 9; ++list)
      keys.push_back(cache_key::first_page(static_cast<list_kind>(list), i));
  }
  return keys;
}

}  // namespace

TEST_CASE("keys have short printable texts, each its own", "[cache_key]") {
  const auto keys = many_keys();
  std::set<std::string> texts;
  bool sound = true;
  for (const auto& key : keys) {
    const auto text = key.text();
    sound = sound && text.size() <= 36 &&
            text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.") == std::string::npos;
    texts.insert(text);
  }
  CHECK(sound);
  CHECK(texts.size() == keys.size());
}

TEST_CASE("texts are as they are kept by other servers", "[cache_key]") {
  CHECK(cache_key::user(1).text() == "u1");
  CHECK(cache_key::user(0x7fffffff).text() == "u7fffffff");
  CHECK(cache_key::tweet(0x7fffffffffffffff).text() == "t7fffffffffffffff");
  CHECK(cache_key::relation(0x1a, 2).text() == "r1a.2");
  CHECK(cache_key::favorite(3, 0x123456789abcdef0).text() == "f3.123456789abcdef0");
  CHECK(cache_key::first_page(list_kind::followers, 16).text() == "p3.10");
  CHECK(cache_key::username("ab").text() == "n6261");
  CHECK(cache_key{cache_kind::user, 0, 0}.text() == "u0");
  CHECK(cache_key{cache_kind::relation, ~0ULL, ~0ULL}.text().size() == 34);
}

TEST_CASE("usernames are keys to their last character", "[cache_key]") {
  CHECK(cache_key::username("abcdefghijklmno") != cache_key::username("abcdefghijklmnp"));
  CHECK(cache_key::username("abcdefgh") != cache_key::username("abcdefghi"));
  CHECK(cache_key::username("a") != cache_key::username("b"));
  CHECK(cache_key::username("alice") == cache_key::username(std::string("alice")));
  CHECK(cache_key::username("alice") != cache_key::session("alice"));
}

TEST_CASE("session keys take the first half of a hash", "[cache_key]") {
  const std::string hash(32, 'h');
  CHECK(cache_key::session(hash) == cache_key::session(hash.substr(0, 16)));
  CHECK(cache_key::session(hash) != cache_key::session("i" + hash.substr(1)));
  CHECK(cache_key::session(hash) != cache_key::session(hash.substr(0, 15) + "i"));
}

TEST_CASE("hashes of neighbours spread over shards", "[cache_key]") {
  constexpr std::size_t shards = 64;
  const auto keys = many_keys();
  std::array<std::size_t, shards> filled{};
  std::set<std::size_t> hashes;
  for (const auto& key : keys) {
    const auto hash = cache_key_hash{}(key);
    hashes.insert(hash);
    ++filled[hash % shards];
  }
  CHECK(hashes.size() == keys.size());
  const std::size_t fair = keys.size() / shards;
  for (const auto count : filled) {
    CHECK(count > fair * 3 / 4);
    CHECK(count < fair * 5 / 4);
  }
}

}  // namespace linnet
