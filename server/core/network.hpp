// Who shares an address, as far as limits go: one client has all of an IPv6 network of 64 bits.
#pragma once

#include <cstdint>

#include <boost/asio/ip/address.hpp>

namespace linnet {

// The address of IPv4 (also as ::ffff:a.b.c.d), or the first 64 bits of that of IPv6. No two of them are
// equal: no network of IPv6 begins with 32 zero bits.
std::uint64_t network_of(const boost::asio::ip::address&);

}  // namespace linnet
