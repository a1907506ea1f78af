#include "core/network.hpp"

namespace linnet {

namespace {

std::uint64_t big_endian(const unsigned char* bytes) {
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | bytes[i];
  return number;
}

}  // namespace

std::uint64_t network_of(const boost::asio::ip::address& a) {
  if (a.is_v4()) return a.to_v4().to_uint();
  const auto v6 = a.to_v6();
  const auto bytes = v6.to_bytes();
  if (v6.is_v4_mapped()) return big_endian(bytes.data() + 8) & 0xffffffff;
  return big_endian(bytes.data());
}

}  // namespace linnet
