#include "http/middleware/client_address.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

constexpr std::size_t by_habit = static_cast<std::size_t>(known_header::x_forwarded_for);
constexpr std::size_t by_rfc = static_cast<std::size_t>(known_header::forwarded);

std::string resolved(const char* peer, const std::vector<std::string>& trusted, std::size_t header,
                     std::string_view value) {
  std::vector<network> proxies;
  for (const auto& t : trusted) proxies.push_back(*network::parse(t));
  request r;
  r.client = boost::asio::ip::make_address(peer);
  r.headers[header] = value;
  client_addresses(proxies).resolve(r);
  return r.client.to_string();
}

std::string resolved(const char* peer, std::string_view forwarded, const std::vector<std::string>& trusted) {
  return resolved(peer, trusted, by_habit, forwarded);
}

}  // namespace

TEST_CASE("X-Forwarded-For counts only from proxies that are trusted", "[client_address]") {
  CHECK(resolved("192.0.2.1", "203.0.113.5", {}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5", {"192.0.2.9"}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(resolved("::1", " 2001:db8::5 ", {"::1"}) == "2001:db8::5");
  CHECK(resolved("192.0.2.77", "203.0.113.5", {"198.51.100.1", "192.0.2.0/24"}) == "203.0.113.5");
}

TEST_CASE("what a client forges in front of a trusted proxy is not believed", "[client_address]") {
  CHECK(resolved("192.0.2.1", "1.1.1.1, 203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "192.0.2.1, 203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "1.1.1.1,203.0.113.5 , 192.0.2.2", {"192.0.2.1", "192.0.2.2"}) ==
        "203.0.113.5");
  CHECK(resolved("192.0.2.1", "192.0.2.2", {"192.0.2.1", "192.0.2.2"}) == "192.0.2.2");
  CHECK(resolved("192.0.2.1", "\"1.1.1.1, 203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
}

TEST_CASE("an entry that is no address ends the search", "[client_address]") {
  CHECK(resolved("192.0.2.1", "unknown", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5, x", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5,", {"192.0.2.1"}) == "192.0.2.1");
  for (const auto* odd :
       {"203.0.113.5:", "203.0.113.5:x", "203.0.113.5:123456", "[203.0.113.5]", "[2001:db8::5",
        "[2001:db8::5]x", "[2001:db8::5]:", "2001:db8::5]", ":80", "[]:80", "203.0.113"}) {
    INFO(odd);
    CHECK(resolved("192.0.2.1", odd, {"192.0.2.1"}) == "192.0.2.1");
  }
}

TEST_CASE("ports are left away", "[client_address]") {
  CHECK(resolved("192.0.2.1", "203.0.113.7:51008", {"192.0.2.1"}) == "203.0.113.7");
  CHECK(resolved("192.0.2.1", "[2001:db8::7]:51008", {"192.0.2.1"}) == "2001:db8::7");
  CHECK(resolved("192.0.2.1", "[2001:db8::7]", {"192.0.2.1"}) == "2001:db8::7");
  CHECK(resolved("192.0.2.1", "203.0.113.7:1, 192.0.2.2:2", {"192.0.2.0/24"}) == "203.0.113.7");
}

TEST_CASE("an IPv4 address that comes as an IPv6 one is the IPv4 address", "[client_address]") {
  CHECK(resolved("::ffff:203.0.113.7", "", {}) == "203.0.113.7");
  CHECK(resolved("::ffff:192.0.2.1", "203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "203.0.113.5", {"::ffff:192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "::ffff:203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "203.0.113.5, ::ffff:192.0.2.2", {"192.0.2.0/24"}) == "203.0.113.5");
}

TEST_CASE("Forwarded says it where X-Forwarded-For doesn't", "[client_address]") {
  const auto forwarded = [](std::string_view value) {
    return resolved("192.0.2.1", {"192.0.2.0/24"}, by_rfc, value);
  };
  CHECK(forwarded("for=203.0.113.5") == "203.0.113.5");
  CHECK(forwarded("For=\"203.0.113.5:8080\"") == "203.0.113.5");
  CHECK(forwarded("for=\"[2001:db8::5]:4711\"") == "2001:db8::5");
  CHECK(forwarded("by=10.0.0.1;proto=https; FOR=203.0.113.5 ;host=a") == "203.0.113.5");
  CHECK(forwarded("for=203.0.113.5;host=\"a,b;for=1.1.1.1\"") == "203.0.113.5");
  CHECK(forwarded("for=1.1.1.1, for=203.0.113.5, for=192.0.2.2") == "203.0.113.5");
  CHECK(forwarded("for=\"1.1.1.1, for=203.0.113.5") == "203.0.113.5");
  CHECK(forwarded("for=1.1.1.1, for=unknown") == "192.0.2.1");
  CHECK(forwarded("for=1.1.1.1, for=_hidden") == "192.0.2.1");
  CHECK(forwarded("for=1.1.1.1, proto=https") == "192.0.2.1");
  CHECK(forwarded("for=1.1.1.1,") == "192.0.2.1");
  CHECK(resolved("198.51.100.1", {"192.0.2.1"}, by_rfc, "for=203.0.113.5") == "198.51.100.1");

  request both;
  both.client = boost::asio::ip::make_address("192.0.2.1");
  both.headers[by_habit] = "203.0.113.5";
  both.headers[by_rfc] = "for=1.1.1.1";
  client_addresses({*network::parse("192.0.2.1")}).resolve(both);
  CHECK(both.client.to_string() == "203.0.113.5");
}

}  // namespace linnet::http
