// The address that limits count against and logs name: the peer's, unless the peer is a proxy we trust, then
// the last one in X-Forwarded-For that no trusted proxy has itself. Where no X-Forwarded-For came, Forwarded
// (RFC 7239) says it. See docs/decisions/0023.
#pragma once

#include <vector>

#include "http/middleware/network.hpp"
#include "http/request.hpp"

namespace linnet::http {

class client_addresses {
 public:
  explicit client_addresses(std::vector<network> trusted) : trusted_(std::move(trusted)) {}

  // Makes request.client of the peer's address that stands there.
  void resolve(request&) const;

 private:
  bool is_trusted(const boost::asio::ip::address&) const;

  std::vector<network> trusted_;
};

}  // namespace linnet::http
