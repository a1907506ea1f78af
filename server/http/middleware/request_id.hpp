// Gives each request an id: the client's X-Request-Id if it is a sane token, else one of our own.
#pragma once

#include <random>

#include "http/request.hpp"

namespace linnet::http {

class request_ids {
 public:
  request_ids() : prefix_(std::random_device{}()) {}

  void assign(request& r) {
    const auto given = r.header(known_header::x_request_id);
    if (is_sane(given)) {
      r.id = given;
      return;
    }
    // 8 hexadecimal digits of this generator, 8 of the request: unique without a clock or a lock.
    constexpr char digits[] = "0123456789abcdef";
    std::uint64_t value = (std::uint64_t{prefix_} << 32) | ++last_;
    r.id.resize(16);
    for (auto at = r.id.rbegin(); at != r.id.rend(); ++at, value >>= 4) *at = digits[value & 15];
  }

 private:
  static bool is_sane(std::string_view id) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !id.empty() && id.size() <= 64 && id.find_first_not_of(allowed) == std::string_view::npos;
  }

  std::uint32_t prefix_;
  std::uint32_t last_ = 0;
};

}  // namespace linnet::http
