// Code points as UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace linnet::testing {

// Written out from the definition of UTF-8, apart from the library that the server decodes with.
inline std::string utf8(char32_t c) {
  const auto byte = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

inline std::string utf8(std::u32string_view text) {
  std::string out;
  for (const auto c : text) out += utf8(c);
  return out;
}

}  // namespace linnet::testing
