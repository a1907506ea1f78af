// A network of addresses in CIDR notation (RFC 4632, RFC 4291): 10.0.0.0/8, 2001:db8::/32; without a prefix
// one address.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include <boost/asio/ip/address.hpp>

namespace linnet::http {

// An IPv4 address that came as ::ffff:a.b.c.d, as it comes to a socket that listens on ::, is the IPv4
// address.
boost::asio::ip::address plain_address(const boost::asio::ip::address&);

class network {
 public:
  // nullopt unless it is one, with no bit set beyond its prefix.
  static std::optional<network> parse(std::string_view);

  bool contains(const boost::asio::ip::address&) const;

 private:
  using bits = std::array<unsigned char, 16>;  // IPv4 as ::ffff:a.b.c.d
  static bits bits_of(const boost::asio::ip::address&);
  static bits masked(bits, std::size_t prefix);

  bits base_{};
  std::size_t prefix_ = 128;
};

}  // namespace linnet::http
