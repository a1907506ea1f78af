// Text: what UTF-8 is, by the word of another library; normal forms are normal; lengths are those of the
// normal form.
#include <algorithm>

#include <utf8proc.h>

#include "core/text.hpp"
#include "tests/fuzz/property.hpp"

namespace linnet {
namespace {

// As utf8proc reads it, one code point after the other.
bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    utf8proc_int32_t point = 0;
    const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                       static_cast<utf8proc_ssize_t>(text.size()), &point);
    if (used <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(used));
  }
  return true;
}

}  // namespace
}  // namespace linnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const bool valid = is_valid_utf8(text);
  fuzz::require(valid == is_utf8(text), "UTF-8 is what another library takes for it");
  const auto normal = to_nfc(text);
  fuzz::require(normal.has_value() == valid, "what is UTF-8 has a normal form");
  (void)contains_nul(text);
  const auto secret = to_opaque_string(text);
  fuzz::require(secret.has_value() == valid, "what is UTF-8 can be a password");
  if (is_username(text))
    fuzz::require(is_username(lower_ascii(text)) && !is_blank(text), "a name in lower case is one");
  fuzz::require(lower_ascii(lower_ascii(text)) == lower_ascii(text), "lower case stays");
  if (!valid) return 0;
  fuzz::require(is_valid_utf8(*normal) && to_nfc(*normal) == *normal, "a normal form is normal");
  fuzz::require(is_valid_utf8(*secret) && to_opaque_string(*secret) == *secret,
                "a prepared password is prepared");
  fuzz::require(!is_one_line(text) || (is_prose(text) && text.find('\n') == std::string::npos),
                "one line has no line feed, and no control character");
  const auto starts = std::count_if(text.begin(), text.end(),
                                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  fuzz::require(count_code_points(text) == static_cast<std::size_t>(starts), "each code point counts once");
  if (is_blank(text)) fuzz::require(is_blank(*normal), "blank stays blank");
  return 0;
}
