#include "http/middleware/client_address.hpp"

#include <algorithm>

#include <boost/beast/core/string.hpp>

namespace linnet::http {

namespace ip = boost::asio::ip;

namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Takes the last part off, without the separator in front of it; nullopt after the first. From the end, as
// that is what our proxies wrote: no quote that a client left open reaches into it.
std::optional<std::string_view> take_last(std::optional<std::string_view>& rest, char separator,
                                          bool quotes) {
  if (!rest) return std::nullopt;
  bool quoted = false;
  for (std::size_t at = rest->size(); at-- > 0;) {
    const char c = (*rest)[at];
    if (quotes && c == '"') quoted = !quoted;
    if (c != separator || quoted) continue;
    const auto last = rest->substr(at + 1);
    rest = rest->substr(0, at);
    return trimmed(last);
  }
  const auto first = *rest;
  rest.reset();
  return trimmed(first);
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// 203.0.113.7, 203.0.113.7:51008, 2001:db8::7, [2001:db8::7] or [2001:db8::7]:51008; nullopt for what else
// proxies write, as unknown or _gazonk.
std::optional<ip::address> node_address(std::string_view node) {
  if (node.starts_with('[')) {
    const auto end = node.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto rest = node.substr(end + 1);
    if (!rest.empty() && !(rest.starts_with(':') && is_port(rest.substr(1)))) return std::nullopt;
    node = node.substr(1, end - 1);
    if (node.find(':') == std::string_view::npos) return std::nullopt;
  } else if (const auto colon = node.find(':');
             colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos) {
    if (!is_port(node.substr(colon + 1))) return std::nullopt;
    node = node.substr(0, colon);
  }
  boost::system::error_code ec;
  const auto address = ip::make_address(node, ec);
  if (ec) return std::nullopt;
  return plain_address(address);
}

// The `for` of an item of Forwarded, such as for="[2001:db8::7]:51008";proto=https; nullopt where there isn't
// one.
std::optional<ip::address> forwarded_address(std::string_view item) {
  std::optional<std::string_view> rest = item;
  while (const auto pair = take_last(rest, ';', true)) {
    const auto equals = pair->find('=');
    if (equals == std::string_view::npos || !boost::beast::iequals(pair->substr(0, equals), "for")) continue;
    auto node = pair->substr(equals + 1);
    if (node.size() >= 2 && node.starts_with('"') && node.ends_with('"'))
      node = node.substr(1, node.size() - 2);
    return node_address(node);
  }
  return std::nullopt;
}

}  // namespace

void client_addresses::resolve(request& r) const {
  r.client = plain_address(r.client);
  if (!is_trusted(r.client)) return;
  const auto x_forwarded_for = r.header(known_header::x_forwarded_for);
  const bool by_rfc = x_forwarded_for.data() == nullptr;
  std::optional<std::string_view> rest = by_rfc ? r.header(known_header::forwarded) : x_forwarded_for;
  while (is_trusted(r.client)) {
    const auto hop = take_last(rest, ',', by_rfc);
    if (!hop) return;
    const auto address = by_rfc ? forwarded_address(*hop) : node_address(*hop);
    if (!address) return;
    r.client = *address;
  }
}

bool client_addresses::is_trusted(const ip::address& a) const {
  return std::any_of(trusted_.begin(), trusted_.end(), [&](const network& n) { return n.contains(a); });
}

}  // namespace linnet::http
