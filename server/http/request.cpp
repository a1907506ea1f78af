#include "http/request.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/url_view.hpp>

#include "core/problem.hpp"
#include "core/text.hpp"

namespace linnet::http {

namespace urls = boost::urls;

std::optional<std::string> request::parameter(std::string_view name) const {
  if (query.empty()) return std::nullopt;
  const auto parsed = urls::parse_query(query);
  if (!parsed) fail_malformed("The query string is malformed.");
  std::optional<std::string> found;
  for (const auto encoded : *parsed) {
    if (encoded.key.decode() != name) continue;
    if (found) fail_malformed("The parameter '" + std::string(name) + "' is given twice.");
    found = encoded.value.decode();
  }
  return found;
}

const principal& request::account_named(std::string_view username, std::string_view action) const {
  if (lower_ascii(username) != account().username) {
    fail_forbidden("You may only " + std::string(action) + " your own account.");
  }
  return account();
}

void parse_target(request& r) {
  if (r.target == "*" && r.method == verb::options) {
    r.path = "*";
    return;
  }
  // The common target needs no decoding: plain path characters only.
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./";
  if (r.target.starts_with('/') && r.target.find_first_not_of(plain) == std::string_view::npos) {
    r.path = r.target;
    return;
  }
  const auto parsed =
      r.target.starts_with('/') ? urls::parse_origin_form(r.target) : urls::parse_uri(r.target);
  if (!parsed) fail_malformed("The request target is malformed.");
  if (!r.target.starts_with('/') && !boost::beast::iequals(parsed->scheme(), "http") &&
      !boost::beast::iequals(parsed->scheme(), "https")) {
    fail_malformed("The request target is malformed.");
  }
  // An encoded slash is data, not a separator: it can't match any route, so leave it encoded.
  for (const auto segment : parsed->encoded_segments()) {
    r.path += '/';
    const std::string decoded = segment.decode();
    if (decoded.find('/') == std::string::npos) {
      r.path += decoded;
    } else {
      r.path += std::string_view(segment);
    }
  }
  if (r.path.empty()) r.path = "/";
  r.query = std::string_view(parsed->encoded_query());
}

}  // namespace linnet::http
