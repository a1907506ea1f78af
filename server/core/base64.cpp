#include "core/base64.hpp"

#include <algorithm>

#include <sodium.h>

namespace linnet {
namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), variant);
  text.pop_back();  // libsodium ends it with a NUL
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  // libsodium 1.0.18 reads each of these as '_'.
  if (std::ranges::any_of(text, [](unsigned char byte) { return byte >= 0x80; })) return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + 2, '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                        text.size(), nullptr, &size, nullptr, variant) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

}  // namespace linnet
