// The bytes of values in memcached: fixed-width numbers and length-prefixed texts, behind a version. Bytes of
// another version, or damaged ones, decode to nothing and are fetched anew.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace linnet::storage {

class encoder {
 public:
  explicit encoder(char version) { bytes_ += version; }
  encoder& add(std::int64_t value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  encoder& add(std::string_view text) {
    add(static_cast<std::int64_t>(text.size()));
    bytes_.append(text);
    return *this;
  }
  encoder& add(timestamp at) { return add(to_unix_micros(at)); }
  std::string bytes() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class decoder {
 public:
  decoder(std::string_view bytes, char version) : rest_(bytes) {
    if (rest_.empty() || rest_.front() != version) {
      intact_ = false;
    } else {
      rest_.remove_prefix(1);
    }
  }
  std::int64_t number() {
    std::int64_t value = 0;
    if (rest_.size() < sizeof value) {
      intact_ = false;
    } else if (intact_) {
      std::memcpy(&value, rest_.data(), sizeof value);
      rest_.remove_prefix(sizeof value);
    }
    return value;
  }
  std::string text() {
    const auto size = static_cast<std::size_t>(number());
    if (size > rest_.size()) intact_ = false;
    if (!intact_) return {};
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return value;
  }
  timestamp time() { return from_unix_micros(number()); }
  // True when everything was there and nothing is left over.
  bool complete() const { return intact_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool intact_ = true;
};

}  // namespace linnet::storage
