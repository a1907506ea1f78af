#include "core/paging.hpp"

#include <array>
#include <concepts>

#include <sodium.h>

#include "core/base64.hpp"

namespace linnet {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t checksum_size = 4;
constexpr std::size_t body_size = 1 + 1 + 4 + 8 + 8;  // version, kind, page, sort key, id

// The same on every server and in every release, or cursors would break on the way from one to another.
constexpr std::array<unsigned char, crypto_shorthash_KEYBYTES> checksum_key{
    'l', 'i', 'n', 'n', 'e', 't', ' ', 'c', 'u', 'r', 's', 'o', 'r', ' ', 'v', '1'};

template <std::unsigned_integral T>
void append_number(std::string& out, T value) {
  for (int shift = 8 * (static_cast<int>(sizeof(T)) - 1); shift >= 0; shift -= 8)
    out += static_cast<char>((value >> shift) & 0xFF);
}

template <std::unsigned_integral T>
T take_number(std::string_view& bytes) {
  T value = 0;
  for (const char byte : bytes.substr(0, sizeof(T)))
    value = static_cast<T>((value << 8) | static_cast<unsigned char>(byte));
  bytes.remove_prefix(sizeof(T));
  return value;
}

std::string checksum(std::string_view body, std::int64_t owner) {
  std::string message(body);
  append_number(message, static_cast<std::uint64_t>(owner));
  std::string hash(crypto_shorthash_BYTES, '\0');
  crypto_shorthash(reinterpret_cast<unsigned char*>(hash.data()),
                   reinterpret_cast<const unsigned char*>(message.data()), message.size(),
                   checksum_key.data());
  hash.resize(checksum_size);
  return hash;
}

}  // namespace

std::string encode_cursor(list_kind kind, std::int64_t owner, position last, int next_page) {
  std::string bytes;
  append_number(bytes, version);
  append_number(bytes, static_cast<std::uint8_t>(kind));
  append_number(bytes, static_cast<std::uint32_t>(next_page));
  append_number(bytes, static_cast<std::uint64_t>(last.sort_key));
  append_number(bytes, static_cast<std::uint64_t>(last.id));
  bytes += checksum(bytes, owner);
  return to_base64url(bytes);
}

std::optional<page_request> decode_cursor(std::string_view cursor, list_kind kind, std::int64_t owner) {
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() != body_size + checksum_size) return std::nullopt;
  auto body = std::string_view(*bytes).substr(0, body_size);
  if (std::string_view(*bytes).substr(body_size) != checksum(body, owner)) return std::nullopt;
  if (take_number<std::uint8_t>(body) != version) return std::nullopt;
  if (take_number<std::uint8_t>(body) != static_cast<std::uint8_t>(kind)) return std::nullopt;

  const auto page = static_cast<int>(take_number<std::uint32_t>(body));
  const auto sort_key = static_cast<std::int64_t>(take_number<std::uint64_t>(body));
  const auto id = static_cast<std::int64_t>(take_number<std::uint64_t>(body));
  if (page < 1 || sort_key < 0 || id < 1) return std::nullopt;
  return page_request{.page = page, .after = position{sort_key, id}};
}

}  // namespace linnet
