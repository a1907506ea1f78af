#include "app/setting_values.hpp"

#include <algorithm>
#include <charconv>
#include <memory>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <libpq-fe.h>

namespace linnet::app {

namespace {

std::string trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return std::string(text);
}

// Commas within single quotes belong to the item, as in libpq's password='a,b'.
std::size_t end_of_item(std::string_view text, std::size_t begin) {
  bool quoted = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    if (quoted && text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'') {
      quoted = !quoted;
    } else if (text[at] == ',' && !quoted) {
      return at;
    }
  }
  return text.size();
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool is_lower_case(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

std::vector<std::string> list_items(const std::vector<std::string>& texts) {
  std::vector<std::string> items;
  for (const std::string_view text : texts) {
    if (trimmed(text).empty()) continue;
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = end_of_item(text, begin);
      items.push_back(trimmed(text.substr(begin, end - begin)));
      if (items.back().empty()) throw bad_value("there is an empty item in the list: write a,b");
      begin = end + 1;
    }
  }
  return items;
}

void check_origin(const std::string& text) {
  const auto parsed = boost::urls::parse_uri(text);
  const bool is_default_port = parsed && ((parsed->scheme() == "http" && parsed->port() == "80") ||
                                          (parsed->scheme() == "https" && parsed->port() == "443"));
  if (!parsed || !parsed->has_authority() || parsed->has_userinfo() || parsed->encoded_host().empty() ||
      parsed->encoded_host().find('*') != std::string_view::npos || !parsed->encoded_path().empty() ||
      parsed->has_query() || parsed->has_fragment() || is_default_port ||
      (parsed->has_port() && !is_port(std::string_view(parsed->port()))) || !is_lower_case(text)) {
    throw bad_value(
        "'" + text +
        "' is no origin as browsers send it: write scheme://host or scheme://host:port in lower case, as"
        " https://app.example, several with commas between");
  }
}

void check_memcached_node(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  const bool named = !host.empty() && host.find_first_of(":[]/ '\"") == std::string::npos;
  if (colon == std::string::npos || !is_port(std::string_view(text).substr(colon + 1)) ||
      !(bracketed || named)) {
    throw bad_value(
        "'" + text +
        "' is not host:port: write cache-1:11211 or [2001:db8::1]:11211, several with commas between");
  }
}

void check_conninfo(const std::string& text) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
      PQconninfoParse(text.c_str(), nullptr), PQconninfoFree);
  // Neither the text nor what libpq says of it is told: there may be a password in it.
  if (!parsed) {
    throw bad_value(
        "libpq cannot read it: write host=db-1 dbname=linnet or postgresql://db-1/linnet; a list has commas "
        "between, and"
        " none within");
  }
}

http::network parse_network(const std::string& text) {
  const auto parsed = http::network::parse(text);
  if (!parsed) {
    throw bad_value(
        "'" + text +
        "' is no address or network: write 10.0.0.5, 2001:db8::5, 10.0.0.0/8 or 2001:db8::/32, several with"
        " commas between");
  }
  return *parsed;
}

}  // namespace linnet::app
