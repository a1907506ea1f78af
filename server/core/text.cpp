#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <utf8proc.h>

namespace linnet {
namespace {

using code_point = utf8proc_int32_t;
using code_points = std::vector<code_point>;

// Takes the first code point off the text; a negative one says that it was malformed.
code_point take_code_point(std::string_view& text) {
  code_point result = -1;
  const auto size =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), std::ssize(text), &result);
  if (size <= 0) return -1;
  text.remove_prefix(static_cast<std::size_t>(size));
  return result;
}

bool is_ascii(char byte) {
  return static_cast<unsigned char>(byte) < 0x80;
}

// False for what isn't valid UTF-8, too. Of ASCII `holds` must be true: it isn't asked.
template <class Predicate>
bool all_beyond_ascii(std::string_view text, Predicate holds) {
  while (!text.empty()) {
    if (is_ascii(text.front()))
      text.remove_prefix(1);
    else if (const auto c = take_code_point(text); c < 0 || !holds(c))
      return false;
  }
  return true;
}

// Of valid UTF-8.
template <class Predicate>
bool all_code_points(std::string_view text, Predicate holds) {
  while (!text.empty())
    if (!holds(take_code_point(text))) return false;
  return true;
}

// True where NFC changes nothing, whatever precedes. What composes with that is a mark or a letter of Hangul.
bool is_inert(code_point c) {
  if (c < 0x300) return true;
  const auto& property = *utf8proc_get_property(c);
  const bool is_mark = property.category >= UTF8PROC_CATEGORY_MN && property.category <= UTF8PROC_CATEGORY_ME;
  const bool is_hangul_letter = c >= 0x1100 && c <= 0x11FF;
  return property.decomp_seqindex == UINT16_MAX && !is_mark && !is_hangul_letter;
}

auto combining_class(code_point c) {
  return utf8proc_get_property(c)->combining_class;
}

void append_decomposition(code_points& out, code_point c) {
  std::array<code_point, 8> parts{};  // the longest canonical decomposition has 4
  int unused_boundary = 0;
  const auto count =
      utf8proc_decompose_char(c, parts.data(), std::ssize(parts), UTF8PROC_DECOMPOSE, &unused_boundary);
  out.insert(out.end(), parts.begin(), parts.begin() + count);
}

// utf8proc would do this too, but in quadratic time: 8,000 marks on one letter would hold an event loop.
void order_marks(code_points& decomposed) {
  const auto is_starter = [](code_point c) { return combining_class(c) == 0; };
  for (auto first = decomposed.begin(); first != decomposed.end();) {
    first = std::find_if_not(first, decomposed.end(), is_starter);
    const auto last = std::find_if(first, decomposed.end(), is_starter);
    std::ranges::stable_sort(first, last, {}, combining_class);
    first = last;
  }
}

void append_utf8(std::string& out, code_point c) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto size = utf8proc_encode_char(c, bytes.data());
  out.append(bytes.begin(), bytes.begin() + size);
}

// Composes in stretches that begin at each U+11A7, which nothing composes with: utf8proc (2.8) takes it for a
// trailing consonant of Hangul and loses it after a syllable.
std::string compose(code_points& decomposed) {
  constexpr code_point lost_by_utf8proc = 0x11A7;
  constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  std::string out;
  for (auto first = decomposed.begin(); first != decomposed.end();) {
    const auto last = std::find(first + 1, decomposed.end(), lost_by_utf8proc);
    const auto count = utf8proc_normalize_utf32(&*first, last - first, options);
    std::for_each(first, first + count, [&out](code_point c) { append_utf8(out, c); });
    first = last;
  }
  return out;
}

bool is_white_space(code_point c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

// Default_Ignorable_Code_Point, as DerivedCoreProperties.txt has it: utf8proc knows the assigned ones, the
// ranges are kept free for more of them.
bool is_ignorable(code_point c) {
  return utf8proc_get_property(c)->ignorable || c == 0x2065 || (c >= 0xFFF0 && c <= 0xFFF8) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
}

// Explicit embeddings, overrides and isolates, and their ends (UAX 9, 2.1 to 2.5).
bool reorders_text(code_point c) {
  switch (utf8proc_get_property(c)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_LRE:
    case UTF8PROC_BIDI_CLASS_LRO:
    case UTF8PROC_BIDI_CLASS_RLE:
    case UTF8PROC_BIDI_CLASS_RLO:
    case UTF8PROC_BIDI_CLASS_PDF:
    case UTF8PROC_BIDI_CLASS_LRI:
    case UTF8PROC_BIDI_CLASS_RLI:
    case UTF8PROC_BIDI_CLASS_FSI:
    case UTF8PROC_BIDI_CLASS_PDI:
      return true;
    default:
      return false;
  }
}

// Cc
bool is_control(code_point c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool breaks_line(code_point c) {
  const auto category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

bool is_username_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return all_beyond_ascii(text, [](code_point) { return true; });
}

std::optional<std::string> to_nfc(std::string_view text) {
  if (all_beyond_ascii(text, is_inert)) return std::string(text);

  code_points decomposed;
  decomposed.reserve(text.size());
  while (!text.empty()) {
    const auto c = take_code_point(text);
    if (c < 0) return std::nullopt;
    append_decomposition(decomposed, c);
  }
  order_marks(decomposed);
  return compose(decomposed);
}

std::size_t count_code_points(std::string_view text) {
  const auto starts_code_point = [](unsigned char byte) { return (byte & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(text, starts_code_point));
}

bool is_blank(std::string_view text) {
  return all_code_points(text, [](code_point c) { return is_white_space(c) || is_ignorable(c); });
}

bool is_prose(std::string_view text) {
  return all_code_points(text, [](code_point c) { return c == '\n' || !is_control(c); });
}

bool is_one_line(std::string_view text) {
  return all_code_points(text,
                         [](code_point c) { return !is_control(c) && !breaks_line(c) && !reorders_text(c); });
}

std::optional<std::string> to_opaque_string(std::string_view text) {
  std::string mapped;
  mapped.reserve(text.size());
  while (!text.empty()) {
    const auto c = take_code_point(text);
    if (c < 0) return std::nullopt;
    append_utf8(mapped, utf8proc_category(c) == UTF8PROC_CATEGORY_ZS ? ' ' : c);
  }
  return to_nfc(mapped);
}

bool contains_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

bool is_username(std::string_view text) {
  return !text.empty() && text.size() <= 15 && std::ranges::all_of(text, is_username_character);
}

std::string lower_ascii(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

}  // namespace linnet
