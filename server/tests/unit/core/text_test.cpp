#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <catch2/catch.hpp>
#include <utf8proc.h>

#include "tests/unit/support/utf8.hpp"
#include "utf8_corpus.hpp"

namespace linnet {
namespace {

using testing::utf8;
using tests::malformed_utf8;
using tests::well_formed_utf8;

bool is_surrogate(char32_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

// Bytes 1 to 3 of a sequence matter only by the ranges that Unicode's table 3-7 tells apart.
constexpr std::array<unsigned char, 14> second_bytes{0x00, 0x28, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                                     0xA0, 0xAF, 0xB0, 0xBF, 0xC0, 0xE0, 0xFF};
constexpr std::array<unsigned char, 5> later_bytes{0x7F, 0x80, 0xA5, 0xBF, 0xC0};

bool is_table_3_7_sequence(unsigned first, unsigned second, unsigned third, unsigned fourth) {
  const auto within = [](unsigned byte, unsigned low, unsigned high) { return byte >= low && byte <= high; };
  if (!within(third, 0x80, 0xBF) || !within(fourth, 0x80, 0xBF)) return false;
  if (first == 0xF0) return within(second, 0x90, 0xBF);
  if (within(first, 0xF1, 0xF3)) return within(second, 0x80, 0xBF);
  if (first == 0xF4) return within(second, 0x80, 0x8F);
  return false;
}

}  // namespace

TEST_CASE("UTF-8 is told from what only looks like it", "[text]") {
  for (const auto& [what, bytes] : well_formed_utf8) {
    INFO(what);
    CHECK(is_valid_utf8(bytes));
  }
  for (const auto& [what, bytes] : malformed_utf8) {
    INFO(what);
    CHECK_FALSE(is_valid_utf8(bytes));
    CHECK_FALSE(is_valid_utf8("before" + bytes + "after"));
  }
}

TEST_CASE("every code point but the surrogates is valid UTF-8", "[text]") {
  std::set<char32_t> wrong;
  for (char32_t c = 0; c <= 0x10FFFF; ++c)
    if (is_valid_utf8(utf8(c)) == is_surrogate(c)) wrong.insert(c);
  CHECK(wrong.empty());
}

TEST_CASE("one and two bytes are valid UTF-8 exactly where they encode something", "[text]") {
  std::set<std::string> valid;
  for (char32_t c = 0; c < 0x800; ++c) valid.insert(utf8(c));
  for (char32_t c = 0; c < 0x80; ++c)
    for (char32_t d = 0; d < 0x80; ++d) valid.insert(utf8(c) + utf8(d));

  int wrong = 0;
  for (int first = 0; first < 256; ++first) {
    const std::string one{static_cast<char>(first)};
    wrong += is_valid_utf8(one) != valid.contains(one);
    for (int second = 0; second < 256; ++second) {
      const auto two = one + static_cast<char>(second);
      wrong += is_valid_utf8(two) != valid.contains(two);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("four bytes from F0 up are valid UTF-8 exactly as Unicode's table 3-7 says", "[text]") {
  int wrong = 0;
  for (unsigned first = 0xF0; first < 256; ++first)
    for (const auto second : second_bytes)
      for (const auto third : later_bytes)
        for (const auto fourth : later_bytes) {
          const std::string bytes{static_cast<char>(first), static_cast<char>(second),
                                  static_cast<char>(third), static_cast<char>(fourth)};
          wrong += is_valid_utf8(bytes) != is_table_3_7_sequence(first, second, third, fourth);
        }
  CHECK(wrong == 0);
}

TEST_CASE("NFC refuses malformed UTF-8, with and without the fast path", "[text]") {
  for (const auto& [what, bytes] : malformed_utf8) {
    INFO(what);
    CHECK_FALSE(to_nfc(bytes));
    CHECK_FALSE(to_nfc("世界" + bytes));
  }
}

TEST_CASE("NFC composes, orders and replaces as Unicode defines it", "[text]") {
  struct normalization {
    std::u32string_view from, to;
  };
  const auto [from, to] = GENERATE(values<normalization>({
      {U"", U""},
      {U"plain", U"plain"},
      {U"caf\u00E9", U"caf\u00E9"},
      {U"cafe\u0301", U"caf\u00E9"},
      {U"\u212B", U"\u00C5"},                              // Angstrom sign: a singleton
      {U"\u2126", U"\u03A9"},                              // Ohm sign
      {U"\uF900", U"\u8C48"},                              // CJK compatibility ideograph
      {U"\u1E9B\u0323", U"\u1E9B\u0323"},                  // no compatibility mapping in NFC
      {U"\uFB01", U"\uFB01"},                              // nor for ligatures
      {U"q\u0307\u0323", U"q\u0323\u0307"},                // marks in canonical order
      {U"d\u0307\u0323", U"\u1E0D\u0307"},                 // the nearer mark composes first
      {U"\u1E0B\u0323", U"\u1E0D\u0307"},                  // even out of a composed letter
      {U"a\u0300\u0301", U"\u00E0\u0301"},                 // a mark blocks others of its class
      {U"a\u0328\u0301", U"\u0105\u0301"},                 // ogonek and acute
      {U"e\u0302\u0301", U"\u1EBF"},                       // twice, Vietnamese
      {U"\u0344", U"\u0308\u0301"},                        // a composition exclusion
      {U"\u0958", U"\u0915\u093C"},                        // Devanagari qa is excluded as well
      {U"\u09C7\u09BE", U"\u09CB"},                        // two starters that compose, Bengali
      {U"\uFB2C", U"\u05E9\u05BC\u05C1"},                  // grows to three code points
      {U"\U0001D160", U"\U0001D158\U0001D165\U0001D16E"},  // and outside the basic plane
      {U"\u0301e\u0301", U"\u0301\u00E9"},                 // text may begin with a mark
      {U"e\u200D\u0301", U"e\u200D\u0301"},                // a joiner keeps them apart
      {U"\U0001F469\u200D\U0001F467", U"\U0001F469\u200D\U0001F467"},
      {U"\u1112\u1161\u11AB", U"\uD55C"},  // Hangul from its letters
      {U"\uD558\u11AB", U"\uD55C"},        // and from a syllable and a letter
      {U"\uD558\u11A7", U"\uD558\u11A7"},  // U+11A7 is no trailing consonant
      {U"\uD558\u11A7\u0301x\u0301", U"\uD558\u11A7\u0301x\u0301"},
      {U"\u11A7\u11A7e\u0301", U"\u11A7\u11A7\u00E9"},
      {U"\uD55C\u11AB", U"\uD55C\u11AB"},  // a syllable takes one
  }));
  INFO(utf8(from));
  CHECK(to_nfc(utf8(from)) == utf8(to));
}

TEST_CASE("NFC keeps U+0000 and what follows it", "[text]") {
  const std::string text("a\0e\xCC\x81", 5);
  CHECK(to_nfc(text) == std::string("a\0\xC3\xA9", 4));
}

TEST_CASE(
    "NFC of each code point is stable, the same with and without the fast path, and itself for each below "
    "U+0300",
    "[text]") {
  std::set<char32_t> unstable;
  std::set<char32_t> shortcut;
  std::set<char32_t> changed;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (is_surrogate(c)) continue;
    // U+11FF, a letter of Hangul that composes with nothing, keeps the text off the fast path.
    const auto once = to_nfc(utf8(c) + utf8(U'\u11FF'));
    if (!once || to_nfc(*once) != once) unstable.insert(c);
    if (once != to_nfc(utf8(c)).value() + utf8(U'\u11FF')) shortcut.insert(c);
    if (c < 0x300 && once != utf8(c) + utf8(U'\u11FF')) changed.insert(c);
  }
  CHECK(unstable.empty());
  CHECK(shortcut.empty());
  CHECK(changed.empty());
}

TEST_CASE("NFC composes all that Unicode takes apart", "[text]") {
  std::set<char32_t> wrong;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (is_surrogate(c)) continue;
    std::array<utf8proc_int32_t, 8> parts{};
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                                               std::ssize(parts), UTF8PROC_DECOMPOSE, nullptr);
    const std::u32string apart(parts.begin(), parts.begin() + count);
    if (to_nfc(utf8(apart)) != to_nfc(utf8(c))) wrong.insert(c);
  }
  CHECK(wrong.empty());
}

TEST_CASE("NFC composes all of Hangul", "[text]") {
  int wrong = 0;
  for (char32_t index = 0; index < 11'172; ++index) {
    std::u32string letters{0x1100 + index / 588, 0x1161 + index % 588 / 28};
    if (index % 28 != 0) letters += 0x11A7 + index % 28;
    wrong += to_nfc(utf8(letters)) != utf8(0xAC00 + index);
  }
  CHECK(wrong == 0);
}

TEST_CASE("NFC orders a long run of marks", "[text]") {
  std::string scrambled = "a";
  for (int i = 0; i < 2'000; ++i) scrambled += utf8(U"\u0315\u0301\u0323");
  std::string ordered = utf8(U"\u1EA1");  // the first dot below composes with the letter
  for (int i = 0; i < 1'999; ++i) ordered += utf8(U'\u0323');
  for (int i = 0; i < 2'000; ++i) ordered += utf8(U'\u0301');
  for (int i = 0; i < 2'000; ++i) ordered += utf8(U'\u0315');
  CHECK((to_nfc(scrambled) == ordered));  // in brackets: a failure wouldn't print 12 kB
}

TEST_CASE("code points are counted, not bytes or what is seen", "[text]") {
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("plain") == 5);
  CHECK(count_code_points(std::string_view("\0\0", 2)) == 2);
  CHECK(count_code_points("é世👍") == 3);
  CHECK(count_code_points(utf8(U"e\u0301")) == 2);
  CHECK(count_code_points("👩‍👩‍👧‍👦") == 7);
  CHECK(count_code_points(utf8(std::u32string(140, U'\U0010FFFF'))) == 140);
}

TEST_CASE("NUL is found anywhere", "[text]") {
  CHECK_FALSE(contains_nul(""));
  CHECK_FALSE(contains_nul("a\\0 \\u0000"));
  CHECK(contains_nul(std::string_view("\0", 1)));
  CHECK(contains_nul(std::string_view("\0a", 2)));
  CHECK(contains_nul(std::string_view("a\0", 2)));
}

TEST_CASE("user names are 1 to 15 of A-Z a-z 0-9 _", "[text]") {
  CHECK(is_username("a"));
  CHECK(is_username("_"));
  CHECK(is_username("Ada_Lovelace_15"));
  CHECK_FALSE(is_username(""));
  CHECK_FALSE(is_username("Ada_Lovelace_016"));
  CHECK_FALSE(is_username("ada\n"));
  CHECK_FALSE(is_username(std::string_view("ada\0", 4)));
  CHECK_FALSE(is_username("adé"));
  CHECK_FALSE(is_username(utf8(U"\uFF41\uFF42")));  // full-width letters

  std::string allowed;
  for (int byte = 0; byte < 256; ++byte)
    if (const std::string one{static_cast<char>(byte)}; is_username(one)) allowed += one;
  std::ranges::sort(allowed);
  CHECK(allowed == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
}

TEST_CASE("only ASCII is lowered", "[text]") {
  CHECK(lower_ascii("").empty());
  CHECK(lower_ascii("@ABCXYZ[ `abcxyz{ 019_") == "@abcxyz[ `abcxyz{ 019_");
  CHECK(lower_ascii("ÀÉİΣ") == "ÀÉİΣ");
  CHECK(lower_ascii(std::string_view("A\0B", 3)) == std::string_view("a\0b", 3));
}

}  // namespace linnet
