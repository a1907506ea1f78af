// Bearer tokens (RFC 6750). Who a token belongs to is the sessions domain's business, behind this interface.
#pragma once

#include "core/async.hpp"
#include "http/request.hpp"
#include "http/router.hpp"

namespace linnet::http {

class authenticator {
 public:
  virtual ~authenticator() = default;
  // The account of a live session; nullopt when the token is unknown, expired or revoked.
  virtual awaitable<std::optional<principal>> authenticate(std::string_view token) = 0;
  // Whether it may be answered from memory right now: else each token is to be looked up.
  virtual bool remembers() const = 0;
};

// Sets request.viewer when a token is given. Throws authentication_required when the route needs one and none
// is there, invalid_token whenever one is given that is not live.
awaitable<void> authenticate(request&, const route&, bool public_reads, authenticator&);

}  // namespace linnet::http
