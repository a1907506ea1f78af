#include "http/middleware/network.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

bool contains(std::string_view net, const char* address) {
  const auto parsed = network::parse(net);
  REQUIRE(parsed);
  return parsed->contains(boost::asio::ip::make_address(address));
}

}  // namespace

TEST_CASE("a network has the addresses that begin as it does", "[network]") {
  CHECK(contains("10.0.0.5", "10.0.0.5"));
  CHECK_FALSE(contains("10.0.0.5", "10.0.0.4"));
  CHECK(contains("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  CHECK(contains("192.0.2.128/25", "192.0.2.129"));
  CHECK_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  CHECK(contains("10.0.0.4/31", "10.0.0.5"));
  CHECK_FALSE(contains("10.0.0.4/32", "10.0.0.5"));
  CHECK(contains("0.0.0.0/0", "203.0.113.1"));
  CHECK_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  CHECK(contains("2001:db8::/32", "2001:db8:ffff::1"));
  CHECK_FALSE(contains("2001:db8::/32", "2001:db9::"));
  CHECK(contains("2001:db8::/63", "2001:db8:0:1::"));
  CHECK_FALSE(contains("2001:db8::/63", "2001:db8:0:2::"));
  CHECK(contains("::/0", "2001:db8::1"));
}

TEST_CASE("IPv4 in either notation is IPv4", "[network]") {
  CHECK(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  CHECK(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
  CHECK(plain_address(boost::asio::ip::make_address("::ffff:10.1.2.3")).to_string() == "10.1.2.3");
  CHECK(plain_address(boost::asio::ip::make_address("10.1.2.3")).to_string() == "10.1.2.3");
  CHECK(plain_address(boost::asio::ip::make_address("::10.1.2.3")).is_v6());
}

TEST_CASE("what is no network is refused", "[network]") {
  for (const auto* text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/+8", "10.0.0.0/8/8",
        "10.0.0.1/8", "10.0.0", "proxy.example", "2001:db8::/129", "2001:db8::1/32", "fe80::1%eth0", "[::1]",
        "10.0.0.5:80", " 10.0.0.5", "10.0.0.5,10.0.0.6"}) {
    INFO(text);
    CHECK_FALSE(network::parse(text));
  }
}

}  // namespace linnet::http
