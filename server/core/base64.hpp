// base64url without padding (RFC 4648, section 5). Bytes are held in strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace linnet {

std::string to_base64url(std::string_view bytes);

// Strict, so that each byte string has one text only: no padding, no other characters, no stray bits at the
// end.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace linnet
