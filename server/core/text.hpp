// Text as the API accepts it: UTF-8, counted in code points, stored as NFC. What it may hold is decided by
// properties of Unicode 15.0 (utf8proc 2.8). What Unicode has not assigned yet, keeps for private use or for
// no character (U+FFFF) is text as any other: only what is named here is refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace linnet {

// True for well-formed UTF-8 (Unicode table 3-7): no overlong forms, no surrogates, nothing above U+10FFFF.
// U+0000 and noncharacters are well-formed.
bool is_valid_utf8(std::string_view text);

// Returns the text in Normalization Form C, or nullopt where it isn't valid UTF-8. NFC may be shorter or
// longer than its input, so limits on length apply to the result. Takes n log n time at worst, whatever the
// input.
std::optional<std::string> to_nfc(std::string_view text);

// Requires valid UTF-8.
std::size_t count_code_points(std::string_view text);

// Of these, all require valid UTF-8.
//
// True if nothing shows: all of it is White_Space or Default_Ignorable_Code_Point (zero-width space, byte
// order mark, joiners, variation selectors, tags, fillers of Hangul). Empty text is blank.
bool is_blank(std::string_view text);
// True if there is no control character (Cc) but line feeds.
bool is_prose(std::string_view text);
// True if there is no control character, no line or paragraph separator (Zl, Zp), and no embedding, override
// or isolate of the bidirectional algorithm (UAX 9), which reorder what stands around the text. Marks
// (U+200E, U+200F, U+061C) and joiners do no more than letters do.
bool is_one_line(std::string_view text);

// A password as it is hashed: by the mappings of OpaqueString (RFC 8265, 4.2.2), so all spaces (Zs) are
// U+0020, and the whole is NFC. nullopt where it isn't valid UTF-8. Nothing is forbidden: PRECIS has neither
// what is newer than its tables nor the joiners of emoji.
std::optional<std::string> to_opaque_string(std::string_view text);

// PostgreSQL's text can't hold U+0000.
bool contains_nul(std::string_view text);

// True for 1 to 15 of A-Z a-z 0-9 _
bool is_username(std::string_view text);

// Lowers A-Z only, whatever the locale: the same key as lower(username) in the database.
std::string lower_ascii(std::string_view text);

}  // namespace linnet
