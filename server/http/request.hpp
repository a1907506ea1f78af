// One HTTP request as handlers see it. All views point into the session's read buffer, which stays put until
// the response was produced.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/verb.hpp>

#include "core/ids.hpp"

namespace linnet::http {

using boost::beast::http::verb;

// Header fields that some part of the server reads; all others are parsed, checked and dropped.
enum class known_header : std::size_t {
  authorization,
  content_encoding,  // but for identity
  content_type,
  forwarded,
  idempotency_key,
  if_match,
  if_none_match,
  linnet_seen,
  origin,
  x_forwarded_for,
  x_request_id,
  count,
};

// Who asks: the account behind a live session token.
struct principal {
  user_id user = 0;
  std::int64_t session = 0;
  std::string username;  // lower case
};

struct request {
  verb method = verb::unknown;
  std::string_view method_name;
  std::string_view target;
  std::string_view body;
  std::array<std::string_view, static_cast<std::size_t>(known_header::count)> headers;
  bool keep_alive = false;
  int version = 11;  // of HTTP: 10 or 11

  std::string path;                        // percent-decoded, always begins with '/'
  std::string_view encoded_path;           // the same as in the target; empty until that was read
  std::string query;                       // still encoded, without '?'
  std::array<std::string_view, 3> params;  // the {parameters} of the route, in order; views into path
  std::string id;                          // X-Request-Id
  boost::asio::ip::address client;         // behind trusted proxies: the address they vouch for
  std::optional<principal> viewer;
  std::string_view seen;  // what the answer may show the viewer: Linnet-Seen

  std::string_view header(known_header name) const { return headers[static_cast<std::size_t>(name)]; }
  bool is_read() const { return method == verb::get || method == verb::head; }

  // The decoded value of a query parameter; nullopt when absent. Throws malformed_request when repeated.
  std::optional<std::string> parameter(std::string_view name) const;

  std::optional<user_id> viewer_id() const {
    if (!viewer) return std::nullopt;
    return viewer->user;
  }
  // The viewer of a route that requires one.
  const principal& account() const { return *viewer; }
  // Throws forbidden unless `username` (in any case) is the viewer's own.
  const principal& account_named(std::string_view username, std::string_view action) const;
};

// Splits the target into path and query and decodes the path. Accepts origin form, absolute form of http and
// https, and "*". A query may have in it what browsers leave as it is ([]{}|\^`), though RFC 3986 would have
// it encoded. Throws malformed_request.
void parse_target(request&);

}  // namespace linnet::http
