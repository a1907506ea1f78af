// What texts may hold, over all code points. The tables are those of Unicode 15.0, by the names of their
// files.
#include <algorithm>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "core/text.hpp"
#include "tests/unit/support/utf8.hpp"

namespace linnet {
namespace {

using testing::utf8;

struct range {
  char32_t first, last;
};
using ranges = std::vector<range>;

// PropList.txt
const ranges white_space{{0x9, 0xD},       {0x20, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},
                         {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                         {0x205F, 0x205F}, {0x3000, 0x3000}};

// DerivedCoreProperties.txt: 4,174 code points
const ranges default_ignorable{
    {0xAD, 0xAD},       {0x34F, 0x34F},     {0x61C, 0x61C},   {0x115F, 0x1160}, {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
    {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3},
    {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// UnicodeData.txt: Cc; Zl and Zp; bidirectional classes LRE RLE PDF LRO RLO, LRI RLI FSI PDI; Zs
const ranges controls{{0, 0x1F}, {0x7F, 0x9F}};
const ranges separators{{0x2028, 0x2029}};
const ranges reordering{{0x202A, 0x202E}, {0x2066, 0x2069}};
const ranges spaces{{0x20, 0x20},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
                    {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};

bool is_in(const ranges& table, char32_t c) {
  return std::ranges::any_of(table, [c](const range& r) { return r.first <= c && c <= r.last; });
}

// All that UTF-8 can say, for which `holds` is not as `expected`.
template <class Holds, class Expected>
std::set<char32_t> differing(Holds holds, Expected expected) {
  std::set<char32_t> wrong;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    if (holds(c) != expected(c)) wrong.insert(c);
  }
  return wrong;
}

}  // namespace

TEST_CASE("the table of what shows nothing is whole", "[text]") {
  std::size_t count = 0;
  for (const auto& r : default_ignorable) count += r.last - r.first + 1;
  CHECK(count == 4'174);
}

TEST_CASE("blank is what shows nothing", "[text]") {
  const auto blank = [](char32_t c) { return is_in(white_space, c) || is_in(default_ignorable, c); };
  CHECK(differing([](char32_t c) { return is_blank(utf8(c)); }, blank).empty());
  CHECK(differing([](char32_t c) { return is_blank(utf8(U" \u200B") + utf8(c) + "\n"); }, blank).empty());
  CHECK(
      differing([](char32_t c) { return is_blank("." + utf8(c)); }, [](char32_t) { return false; }).empty());
  CHECK(is_blank(""));
  CHECK_FALSE(is_blank(utf8(U"\u2800")));        // Braille without dots is a character that is blank
  CHECK_FALSE(is_blank(utf8(U"\u0301")));        // a mark on nothing is seen
  CHECK_FALSE(is_blank(utf8(U"\u2764\uFE0F")));  // a heart in colours
}

TEST_CASE("prose has no control characters but line feeds", "[text]") {
  const auto expected = [](char32_t c) { return c == U'\n' || !is_in(controls, c); };
  CHECK(differing([](char32_t c) { return is_prose(utf8(c)); }, expected).empty());
  CHECK(differing([](char32_t c) { return is_prose("a\n" + utf8(c) + "b"); }, expected).empty());
  CHECK(is_prose(""));
}

TEST_CASE("a line has no separators, nor what reorders text", "[text]") {
  const auto expected = [](char32_t c) {
    return !is_in(controls, c) && !is_in(separators, c) && !is_in(reordering, c);
  };
  CHECK(differing([](char32_t c) { return is_one_line(utf8(c)); }, expected).empty());
  CHECK(differing([](char32_t c) { return is_one_line("a" + utf8(c) + "b"); }, expected).empty());
  CHECK(is_one_line(""));
}

TEST_CASE("joiners inside of emoji, Indic and Persian text stay", "[text]") {
  for (const auto* text : {U"\U0001F469\u200D\U0001F469\u200D\U0001F467", U"\u0915\u094D\u200D\u0937",
                           U"\u0915\u094D\u200C\u0937", U"\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645",
                           U"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F"}) {
    CHECK(to_nfc(utf8(text)) == utf8(text));
    CHECK(is_prose(utf8(text)));
    CHECK(is_one_line(utf8(text)));
    CHECK_FALSE(is_blank(utf8(text)));
  }
}

TEST_CASE("a password's spaces are one, and it is NFC", "[text]") {
  const auto mapped = [](char32_t c) { return to_opaque_string("a" + utf8(c) + "b"); };
  CHECK(differing([&](char32_t c) { return mapped(c) == "a b"; }, [](char32_t c) { return is_in(spaces, c); })
            .empty());
  CHECK(differing([&](char32_t c) { return mapped(c) == to_nfc("a" + utf8(c) + "b"); },
                  [](char32_t c) { return c == U' ' || !is_in(spaces, c); })
            .empty());
  CHECK(differing([&](char32_t c) { return to_opaque_string(*mapped(c)) == mapped(c); },
                  [](char32_t) { return true; })
            .empty());
  CHECK(to_opaque_string(utf8(U"cafe\u0301\u3000\u212B")) == utf8(U"caf\u00E9 \u00C5"));
  CHECK(to_opaque_string("") == "");
  CHECK_FALSE(to_opaque_string("\x80"));
}

}  // namespace linnet
