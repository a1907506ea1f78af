#include "core/paging.hpp"

#include <random>

#include <catch2/catch.hpp>
#include <sodium.h>

#include "core/base64.hpp"

namespace linnet {
namespace {

constexpr position somewhere{1'769'851'800'123'456, 123'456'789'012'345'678};
constexpr std::int64_t owner = 42;
constexpr auto last_kind = static_cast<std::uint8_t>(list_kind::sessions);

std::string sample_cursor() {
  return encode_cursor(list_kind::followers, owner, somewhere, 7);
}

// A followers cursor of any content with the checksum that the server would give it, as anyone can make one
// who has read the source.
std::string forge_cursor(const std::string& body) {
  const auto message = body + std::string("\0\0\0\0\0\0\0\x2A", 8);  // owner
  std::string hash(crypto_shorthash_BYTES, '\0');
  crypto_shorthash(reinterpret_cast<unsigned char*>(hash.data()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                   reinterpret_cast<const unsigned char*>("linnet cursor v1"));
  return to_base64url(body + hash.substr(0, 4));
}

}  // namespace

TEST_CASE("a cursor says where its page begins and which it is", "[paging]") {
  const auto request = decode_cursor(sample_cursor(), list_kind::followers, owner);
  REQUIRE(request);
  CHECK(request->after == somewhere);
  CHECK(request->page == 7);
  CHECK(request->per_page == default_page_size);
}

TEST_CASE("cursors come back for every kind and extreme", "[paging]") {
  const auto kind = static_cast<list_kind>(GENERATE(range(1, last_kind + 1)));
  const auto last = GENERATE(values<position>({{0, 1}, {INT64_MAX, INT64_MAX}, somewhere}));
  const auto next_page = GENERATE(1, 2, max_page, max_page + 1, INT32_MAX);
  const auto list_owner = GENERATE(values<std::int64_t>({0, 1, INT32_MAX, INT64_MAX}));
  const auto request = decode_cursor(encode_cursor(kind, list_owner, last, next_page), kind, list_owner);
  REQUIRE(request);
  CHECK(request->after == last);
  CHECK(request->page == next_page);
}

TEST_CASE("cursors need no escaping in a URL", "[paging]") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1'000; ++i) {
    const auto last =
        position{static_cast<std::int64_t>(random() >> 1), static_cast<std::int64_t>(random() >> 1)};
    const auto cursor = encode_cursor(list_kind::timeline, owner, last, 1 + i);
    REQUIRE(from_base64url(cursor));
  }
}

TEST_CASE("a cursor of another list is refused", "[paging]") {
  const auto cursor = sample_cursor();
  for (std::uint8_t kind = 0; kind <= last_kind + 1; ++kind) {
    INFO("kind " << int{kind});
    const auto known = decode_cursor(cursor, static_cast<list_kind>(kind), owner).has_value();
    CHECK(known == (static_cast<list_kind>(kind) == list_kind::followers));
  }
  for (const std::int64_t other : {owner - 1, owner + 1, -owner, 0L, owner + (1L << 32), owner << 8}) {
    INFO("owner " << other);
    CHECK_FALSE(decode_cursor(cursor, list_kind::followers, other));
  }
}

TEST_CASE("a cursor changed in any bit is refused", "[paging]") {
  const auto bytes = from_base64url(sample_cursor()).value();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    INFO("bit " << bit);
    CHECK_FALSE(decode_cursor(to_base64url(changed), list_kind::followers, owner));
  }
}

TEST_CASE("a cursor changed in any character, cut or lengthened is refused", "[paging]") {
  const auto cursor = sample_cursor();
  int accepted = 0;
  for (std::size_t i = 0; i < cursor.size(); ++i) {
    accepted += decode_cursor(cursor.substr(0, i), list_kind::followers, owner).has_value();
    accepted += decode_cursor(cursor.substr(i + 1), list_kind::followers, owner).has_value();
    for (int byte = 0; byte < 256; ++byte) {
      auto changed = cursor;
      changed[i] = static_cast<char>(byte);
      if (changed != cursor) accepted += decode_cursor(changed, list_kind::followers, owner).has_value();
    }
  }
  for (const auto* const suffix : {"A", "=", "==", "AAAA", " ", "\n"})
    accepted += decode_cursor(cursor + suffix, list_kind::followers, owner).has_value();
  CHECK(accepted == 0);
}

TEST_CASE("a cursor out of bounds is refused even if its checksum is right", "[paging]") {
  struct forgery {
    position last;
    int next_page;
  };
  const auto [last, next_page] = GENERATE(values<forgery>({{{-1, 1}, 1},
                                                           {{INT64_MIN, 1}, 1},
                                                           {{1, 0}, 1},
                                                           {{1, -1}, 1},
                                                           {{1, INT64_MIN}, 1},
                                                           {{1, 1}, 0},
                                                           {{1, 1}, -1}}));
  const auto cursor = encode_cursor(list_kind::followers, owner, last, next_page);
  CHECK_FALSE(decode_cursor(cursor, list_kind::followers, owner));
}

TEST_CASE("a cursor of another version or size is refused even if its checksum is right", "[paging]") {
  const std::string body(
      "\1\3"
      "\0\0\0\7"
      "\0\0\0\0\0\0\0\x5"
      "\0\0\0\0\0\0\0\x6",
      22);
  const auto request = decode_cursor(forge_cursor(body), list_kind::followers, owner);
  REQUIRE(request);
  CHECK(request->page == 7);
  CHECK(request->after == position{5, 6});

  for (const char version : {'\0', '\2', '\xFF'})
    CHECK_FALSE(decode_cursor(forge_cursor(version + body.substr(1)), list_kind::followers, owner));
  CHECK_FALSE(decode_cursor(forge_cursor(body + '\0'), list_kind::followers, owner));
  CHECK_FALSE(decode_cursor(forge_cursor(body.substr(0, 21)), list_kind::followers, owner));
  CHECK_FALSE(decode_cursor(forge_cursor(""), list_kind::followers, owner));
}

TEST_CASE("what never was a cursor is refused", "[paging]") {
  const auto text =
      GENERATE(values<std::string>({"", "null", "1", "MTIz", "../../etc/passwd", std::string(35, 'A'),
                                    std::string(8'192, 'A'), std::string(35, '\0'), "%41", "é"}));
  CHECK_FALSE(decode_cursor(text, list_kind::followers, owner));
}

// Cursors outlive releases: if this fails, the format has changed and needs a new version byte.
TEST_CASE("version 1 cursors are read", "[paging]") {
  const std::string cursor = "AQMAAAAHAAZJq7vZ-EABtptLpjDzToOM2sU";
  CHECK(cursor == sample_cursor());
  CHECK(decode_cursor(cursor, list_kind::followers, owner));
}

}  // namespace linnet
