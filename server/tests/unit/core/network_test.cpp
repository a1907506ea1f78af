#include "core/network.hpp"

#include <catch2/catch.hpp>

namespace linnet {

namespace {

std::uint64_t of(const char* address) {
  return network_of(boost::asio::ip::make_address(address));
}

}  // namespace

TEST_CASE("addresses of IPv4 are apart, in whatever form", "[network]") {
  CHECK(of("192.0.2.1") == of("::ffff:192.0.2.1"));
  CHECK(of("192.0.2.1") != of("192.0.2.2"));
  CHECK(of("0.0.0.1") != of("1::"));
}

TEST_CASE("addresses of IPv6 are one within 64 bits", "[network]") {
  CHECK(of("2001:db8:0:1::1") == of("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  CHECK(of("2001:db8:0:1::1") != of("2001:db8:0:2::1"));
}

}  // namespace linnet
