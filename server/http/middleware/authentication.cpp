#include "http/middleware/authentication.hpp"

#include <boost/beast/core/string.hpp>

namespace linnet::http {

namespace {

// The credentials of "Bearer <token>"; empty when the header says anything else.
std::string_view bearer_token(std::string_view header) {
  constexpr std::string_view scheme = "Bearer ";
  if (header.size() <= scheme.size() || !boost::beast::iequals(header.substr(0, scheme.size()), scheme))
    return {};
  auto token = header.substr(scheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

}  // namespace

awaitable<void> authenticate(request& r, const route& to, bool public_reads, authenticator& sessions) {
  if (to.who == access::anyone) co_return;
  const auto header = r.header(known_header::authorization);
  if (header.data() == nullptr) {
    if (to.who == access::reader && public_reads) co_return;
    throw problem(problem_type::authentication_required, "This resource needs an access token.");
  }
  const auto token = bearer_token(header);
  if (!token.empty()) r.viewer = co_await sessions.authenticate(token);
  if (!r.viewer)
    throw problem(problem_type::invalid_token, "The access token is unknown, expired or revoked.");
}

}  // namespace linnet::http
