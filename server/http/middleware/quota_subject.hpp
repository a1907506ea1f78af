// Whom a quota counts, in 16 bytes: counting allocates nothing. One client has all of an IPv6 network of 64
// bits, so such addresses count by it. Names count by one of 16,384 numbers, so that names which are made up
// take no more room than those, whoever sends them from however many addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "core/ids.hpp"

namespace linnet::http {

struct quota_subject {
  using address = boost::asio::ip::address;

  // `letter` tells apart what is counted of the same account, address or name.
  static quota_subject of_account(char letter, user_id);
  static quota_subject of_address(char letter, const address&);
  // Names in lower case, of whatever length.
  static constexpr std::uint64_t names = 1 << 14;
  static quota_subject of_name(char letter, std::string_view name);
  static quota_subject of_name_and_address(char letter, std::string_view name, const address&);

  // Unique, of digits and the letters a to f, at most 32: what stands in a key of memcached.
  std::string text() const;

  friend bool operator==(const quota_subject&, const quota_subject&) = default;

  std::uint64_t what = 0;    // the letter, above it the number of the name
  std::uint64_t number = 0;  // account or address
};

// By a seed of this process: clients choose names and addresses, but not what shares a bucket.
struct quota_subject_hash {
  std::size_t operator()(const quota_subject&) const;
};

}  // namespace linnet::http
