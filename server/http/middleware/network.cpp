#include "http/middleware/network.hpp"

#include <charconv>
#include <string>

namespace linnet::http {

namespace ip = boost::asio::ip;

ip::address plain_address(const ip::address& a) {
  if (a.is_v4() || !a.to_v6().is_v4_mapped()) return a;
  return ip::make_address_v4(ip::v4_mapped, a.to_v6());
}

std::optional<network> network::parse(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code ec;
  const auto address = ip::make_address(std::string(text.substr(0, slash)), ec);
  if (ec || text.substr(0, slash).find('%') != std::string_view::npos) return std::nullopt;
  network parsed;
  parsed.base_ = bits_of(address);
  if (slash == std::string_view::npos) return parsed;
  const std::size_t widest = address.is_v4() ? 32 : 128;
  const char* begin = text.data() + slash + 1;
  const char* end = text.data() + text.size();
  std::size_t prefix = 0;
  const auto [stop, error] = std::from_chars(begin, end, prefix);
  if (error != std::errc() || stop != end || prefix > widest) return std::nullopt;
  parsed.prefix_ = prefix + 128 - widest;
  if (masked(parsed.base_, parsed.prefix_) != parsed.base_) return std::nullopt;
  return parsed;
}

bool network::contains(const ip::address& a) const {
  return masked(bits_of(a), prefix_) == base_;
}

network::bits network::bits_of(const ip::address& a) {
  return (a.is_v4() ? ip::make_address_v6(ip::v4_mapped, a.to_v4()) : a.to_v6()).to_bytes();
}

network::bits network::masked(bits all, std::size_t prefix) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::size_t kept = prefix > 8 * i ? std::min<std::size_t>(8, prefix - 8 * i) : 0;
    all[i] = static_cast<unsigned char>(all[i] & (0xff00U >> kept));
  }
  return all;
}

}  // namespace linnet::http
