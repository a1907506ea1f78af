#include "http/request.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/parse_query.hpp>
#include <boost/url/url_view.hpp>

#include "core/problem.hpp"
#include "core/text.hpp"

namespace linnet::http {

namespace urls = boost::urls;

namespace {

// Beside letters and digits, what RFC 3986 allows in a query, and what browsers send there nevertheless.
constexpr std::string_view query_marks = "-._~!$&'()*+,;=:@/?";
constexpr std::string_view stray_marks = "[]{}|\\^`";

// The query with its stray marks encoded, so that RFC 3986 holds.
std::string strict_query(std::string_view given) {
  constexpr char digits[] = "0123456789ABCDEF";
  const auto is_digit = [&](std::size_t at) {
    return at < given.size() && std::isxdigit(static_cast<unsigned char>(given[at]));
  };
  std::string query;
  query.reserve(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto c = static_cast<unsigned char>(given[i]);
    if (stray_marks.find(given[i]) != std::string_view::npos) {
      query.append({'%', digits[c >> 4], digits[c & 15]});
      continue;
    }
    const bool allowed =
        c < 0x80 && (std::isalnum(c) || query_marks.find(given[i]) != std::string_view::npos);
    const bool encoded = c == '%' && is_digit(i + 1) && is_digit(i + 2);
    if (!allowed && !encoded) fail_malformed("The query string is malformed.");
    query += given[i];
  }
  return query;
}

// Whether it is the beginning of an http or https URI as RFC 9110, 4.2 has them: a host, and nobody's name.
bool names_a_server(const urls::url_view& uri) {
  return (boost::beast::iequals(uri.scheme(), "http") || boost::beast::iequals(uri.scheme(), "https")) &&
         uri.has_authority() && !uri.has_userinfo() && !uri.encoded_host().empty();
}

}  // namespace

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
    r.encoded_path = r.target;
    return;
  }
  const auto mark = r.target.find('?');
  const auto before_query = r.target.substr(0, mark);
  const bool is_path = before_query.starts_with('/');
  const auto parsed = is_path ? urls::parse_origin_form(before_query) : urls::parse_uri(before_query);
  if (!parsed || !(is_path || names_a_server(*parsed)) || parsed->has_fragment()) {
    fail_malformed("The request target is malformed.");
  }
  if (mark != std::string_view::npos) r.query = strict_query(r.target.substr(mark + 1));
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
  r.encoded_path =
      parsed->encoded_path().empty() ? std::string_view("/") : std::string_view(parsed->encoded_path());
}

}  // namespace linnet::http
