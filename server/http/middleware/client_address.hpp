// The address that limits count against: the peer's, unless the peer is a proxy we trust, then the last
// address in X-Forwarded-For that no trusted proxy added itself.
#pragma once

#include <vector>

#include "http/request.hpp"

namespace linnet::http {

class client_addresses {
 public:
  explicit client_addresses(std::vector<boost::asio::ip::address> trusted) : trusted_(std::move(trusted)) {}

  void resolve(request& r) const {
    auto forwarded = r.header(known_header::x_forwarded_for);
    while (is_trusted(r.client) && !forwarded.empty()) {
      const auto comma = forwarded.rfind(',');
      auto last = comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1);
      forwarded = comma == std::string_view::npos ? std::string_view() : forwarded.substr(0, comma);
      while (last.starts_with(' ')) last.remove_prefix(1);
      while (last.ends_with(' ')) last.remove_suffix(1);
      boost::system::error_code ec;
      const auto address = boost::asio::ip::make_address(last, ec);
      if (ec) return;
      r.client = address;
    }
  }

 private:
  bool is_trusted(const boost::asio::ip::address& a) const {
    return std::find(trusted_.begin(), trusted_.end(), a) != trusted_.end();
  }

  std::vector<boost::asio::ip::address> trusted_;
};

}  // namespace linnet::http
