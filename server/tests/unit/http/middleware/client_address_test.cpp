#include "http/middleware/client_address.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

std::string resolved(const char* peer, std::string_view forwarded, std::vector<std::string> trusted) {
  std::vector<boost::asio::ip::address> proxies;
  for (const auto& t : trusted) proxies.push_back(boost::asio::ip::make_address(t));
  request r;
  r.client = boost::asio::ip::make_address(peer);
  r.headers[static_cast<std::size_t>(known_header::x_forwarded_for)] = forwarded;
  client_addresses(proxies).resolve(r);
  return r.client.to_string();
}

}  // namespace

TEST_CASE("X-Forwarded-For counts only from proxies that are trusted", "[client_address]") {
  CHECK(resolved("192.0.2.1", "203.0.113.5", {}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5", {"192.0.2.9"}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(resolved("::1", " 2001:db8::5 ", {"::1"}) == "2001:db8::5");
}

TEST_CASE("what a client forges in front of a trusted proxy is not believed", "[client_address]") {
  CHECK(resolved("192.0.2.1", "1.1.1.1, 203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "192.0.2.1, 203.0.113.5", {"192.0.2.1"}) == "203.0.113.5");
  CHECK(resolved("192.0.2.1", "1.1.1.1,203.0.113.5 , 192.0.2.2", {"192.0.2.1", "192.0.2.2"}) ==
        "203.0.113.5");
  CHECK(resolved("192.0.2.1", "192.0.2.2", {"192.0.2.1", "192.0.2.2"}) == "192.0.2.2");
}

TEST_CASE("an entry that is no address ends the search", "[client_address]") {
  CHECK(resolved("192.0.2.1", "unknown", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5, x", {"192.0.2.1"}) == "192.0.2.1");
  CHECK(resolved("192.0.2.1", "203.0.113.5,", {"192.0.2.1"}) == "192.0.2.1");
}

}  // namespace linnet::http
