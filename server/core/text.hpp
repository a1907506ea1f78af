// Text as the API accepts it: UTF-8, counted in code points, stored as NFC.
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

// True if nothing but characters with Unicode's White_Space property is in the text. Empty text is blank.
// Requires valid UTF-8.
bool is_blank(std::string_view text);

// PostgreSQL's text can't hold U+0000.
bool contains_nul(std::string_view text);

// True for 1 to 15 of A-Z a-z 0-9 _
bool is_username(std::string_view text);

// Lowers A-Z only, whatever the locale: the same key as lower(username) in the database.
std::string lower_ascii(std::string_view text);

}  // namespace linnet
