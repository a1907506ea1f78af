#include "http/request_parser.hpp"

#include <algorithm>
#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include "core/problem.hpp"

namespace linnet::http {

namespace beast_http = boost::beast::http;

namespace {

constexpr std::size_t longest_method = 32;
constexpr std::string_view end_of_line = "\r\n";
constexpr std::string_view end_of_header = "\r\n\r\n";
constexpr std::string_view shortest_end = "0\r\n\r\n";  // of a body in chunks

// host[:port] as in RFC 3986, without a user.
bool is_host(std::string_view value) {
  const auto end_of_name = std::find_if_not(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (end_of_name == value.end()) return true;
  if (*end_of_name == ':') return std::all_of(end_of_name + 1, value.end(), is_digit);
  if (value.find(',') != std::string_view::npos) return false;  // two of them, joined by some proxy
  const auto parsed = boost::urls::parse_authority(value);
  return parsed && !parsed->has_userinfo();
}

// Of a line up to its LF.
bool ends_in_version(std::string_view line) {
  constexpr std::string_view version = " HTTP/1.1\r";
  return line.size() > version.size() && line.ends_with('\r') &&
         line.substr(line.size() - version.size()).starts_with(" HTTP/");
}

}  // namespace

std::string_view origin_in(std::string_view buffer) {
  constexpr std::string_view name = "\norigin:";
  const auto end_of_fields = buffer.find(end_of_header);
  const auto header =
      buffer.substr(0, end_of_fields == std::string_view::npos ? end_of_fields : end_of_fields + 2);
  const auto at = std::search(header.begin(), header.end(), name.begin(), name.end(),
                              [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  if (at == header.end()) return {};
  auto value = header.substr(static_cast<std::size_t>(at - header.begin()) + name.size());
  const auto end = value.find('\r');
  if (end == std::string_view::npos) return {};
  value = value.substr(0, end);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return value;
}

request_parser::request_parser(const request_limits& limits) : limits_(limits) {
  header_limit(std::numeric_limits<std::uint32_t>::max());  // check_header() has its own
  body_limit(limits.max_body_bytes);
  eager(true);
}

bool request_parser::parse(std::string_view buffer) {
  input_ = buffer;
  if (!is_header_done()) check_header(buffer);
  const bool is_whole = feed(buffer);
  check_size(is_whole ? consumed_ : buffer.size());
  return is_whole;
}

bool request_parser::feed(std::string_view buffer) {
  while (!is_done()) {
    error_code ec;
    const auto fresh = buffer.substr(consumed_);
    // Beast asserts that at least so much is there when it looks at a last chunk for the second time.
    if (chunked_ && is_header_done() && fresh.starts_with('0') && fresh.size() < shortest_end.size())
      return false;
    const std::size_t used = put(boost::asio::buffer(fresh.data(), fresh.size()), ec);
    consumed_ += used;
    if (ec == beast_http::error::need_more) {
      if (used == 0 || consumed_ == buffer.size()) return false;
      continue;
    }
    if (refusal_) throw problem(problem_type::malformed_request, refusal_);
    if (ec == beast_http::error::body_limit) {
      throw problem(problem_type::content_too_large, "The request body is too large.");
    }
    if (ec) throw problem(problem_type::malformed_request, "Malformed HTTP: " + ec.message() + ".");
    if (used == 0 && !is_done()) return false;
  }
  return true;
}

// What the framing of chunks adds to a body is bounded too, at what chunks of one byte need: extensions and
// trailers need not end.
void request_parser::check_size(std::size_t bytes) const {
  if (bytes > 2 * limits_.max_header_bytes + 8 * limits_.max_body_bytes) {
    throw problem(problem_type::content_too_large, "The request is too large for what it holds.");
  }
}

// Before Beast reads the header. Beast would answer a long target by 431, wait for more of a line that has
// ended, and silently join folded lines. Where reads cut the header decides whether Beast counts the first
// line towards its limit.
void request_parser::check_header(std::string_view buffer) const {
  const auto line = buffer.substr(0, buffer.find(end_of_line));
  const auto target = line.find(' ');
  if (target < longest_method && line.find(' ', target + 1) - target - 1 > limits_.max_target_bytes &&
      line.size() - target > limits_.max_target_bytes) {
    throw problem(problem_type::uri_too_long, "The request target is too long.");
  }
  if (const auto end = buffer.find('\n');
      end != std::string_view::npos && !ends_in_version(buffer.substr(0, end))) {
    throw problem(problem_type::malformed_request, "The request line does not end in an HTTP version.");
  }
  const auto header = buffer.substr(0, buffer.find(end_of_header));
  const auto size = std::min(header.size() + end_of_header.size(), buffer.size());
  const auto size_of_line = std::min(line.size() + end_of_line.size(), buffer.size());
  if (std::max(size_of_line, size - size_of_line) > limits_.max_header_bytes) {
    throw problem(problem_type::headers_too_large, "The request header is too large.");
  }
  if (header.find("\r\n ") != std::string_view::npos || header.find("\r\n\t") != std::string_view::npos) {
    throw problem(problem_type::malformed_request, "Folded header lines are not accepted.");
  }
}

request request_parser::finish(std::string_view buffer) const {
  const auto view = [&](slice s) { return buffer.substr(s.offset, s.size); };
  request r;
  r.method = method_;
  r.method_name = view(method_name_);
  r.target = view(target_);
  for (std::size_t i = 0; i < headers_.size(); ++i) {
    if (headers_[i].offset) r.headers[i] = view(headers_[i]);
  }
  const auto joined = [&](known_header name, const std::string& lines) {
    if (!lines.empty()) r.headers[static_cast<std::size_t>(name)] = lines;
  };
  joined(known_header::x_forwarded_for, joined_[0]);
  joined(known_header::forwarded, joined_[1]);
  r.body = body_;
  r.keep_alive = keep_alive_;
  r.version = version_;
  return r;
}

void request_parser::on_request_impl(verb method, string_view name, string_view target, int version,
                                     error_code& ec) {
  if (version != 10 && version != 11) refuse("Only HTTP/1.0 and HTTP/1.1 are spoken here.", ec);
  method_ = method;
  version_ = version;
  method_name_ = slice_of({name.data(), name.size()});
  target_ = slice_of({target.data(), target.size()});
}

void request_parser::on_field_impl(field name, string_view name_string, string_view value, error_code& ec) {
  if (is_header_done()) return check_trailer(name, value, ec);
  switch (name) {
    case field::host:
      if (++hosts_ > 1) refuse("Host is given twice.", ec);
      if (!is_host({value.data(), value.size()})) refuse("Host is malformed.", ec);
      break;
    case field::content_length:
      if (++content_lengths_ > 1 ||
          !std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        refuse("Content-Length must be given once, as digits.", ec);
      }
      break;
    case field::transfer_encoding:
      if (chunked_ || !boost::beast::iequals(value, "chunked")) {
        refuse("The only Transfer-Encoding understood is a lone 'chunked'.", ec);
      }
      chunked_ = true;
      break;
    case field::expect:
      expects_continue_ = boost::beast::iequals(value, "100-continue");
      break;
    case field::authorization:
      note(known_header::authorization, value);
      break;
    case field::content_encoding:
      if (!boost::beast::iequals(value, "identity")) {
        headers_[static_cast<std::size_t>(known_header::content_encoding)] = slice_of(value);
      }
      break;
    case field::content_type:
      note(known_header::content_type, value);
      break;
    case field::if_match:
      note(known_header::if_match, value);
      break;
    case field::if_none_match:
      note(known_header::if_none_match, value);
      break;
    case field::forwarded:
      note_more(known_header::forwarded, value);
      break;
    case field::origin:
      note(known_header::origin, value);
      break;
    default:
      if (boost::beast::iequals(name_string, "Idempotency-Key")) {
        note(known_header::idempotency_key, value);
      } else if (boost::beast::iequals(name_string, "Linnet-Seen")) {
        note(known_header::linnet_seen, value);
      } else if (boost::beast::iequals(name_string, "X-Forwarded-For")) {
        note_more(known_header::x_forwarded_for, value);
      } else if (boost::beast::iequals(name_string, "X-Request-Id")) {
        headers_[static_cast<std::size_t>(known_header::x_request_id)] = slice_of(value);
      }
  }
  if (refusal_ && !ec) ec = beast_http::error::bad_value;
}

void request_parser::check_trailer(field name, string_view value, error_code& ec) {
  // Beast joins folded lines in memory of its own.
  const bool elsewhere = value.data() < input_.data() || value.data() >= input_.data() + input_.size();
  if (elsewhere) return refuse("Folded trailer lines are not accepted.", ec);
  if (name == field::host || name == field::content_length || name == field::transfer_encoding) {
    refuse("A trailer must not tell where the request ends or goes.", ec);
  }
}

void request_parser::on_header_impl(error_code& ec) {
  keep_alive_ = keep_alive();
  if (version_ == 11 && hosts_ == 0) refuse("Host is missing.", ec);
  if (chunked_ && content_lengths_) refuse("Content-Length and Transfer-Encoding exclude each other.", ec);
  if (chunked_ && version_ == 10) refuse("HTTP/1.0 has no Transfer-Encoding.", ec);
}

std::size_t request_parser::on_body_impl(string_view bytes, error_code&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) {
  body_.append(bytes.data(), bytes.size());
  return bytes.size();
}

request_parser::slice request_parser::slice_of(string_view piece) const {
  return {static_cast<std::size_t>(piece.data() - input_.data()), piece.size()};
}

// An empty value is noted as a slice of size 0 at a non-zero offset, so that a second one is still seen.
void request_parser::note(known_header name, string_view value) {
  auto& known = headers_[static_cast<std::size_t>(name)];
  if (known.offset) refusal_ = "A header field that may be given once is given twice.";
  known = value.empty() ? slice{1, 0} : slice_of(value);
}

// Lines of a list are one line, with commas between (RFC 9110, 5.3).
void request_parser::note_more(known_header name, string_view value) {
  auto& known = headers_[static_cast<std::size_t>(name)];
  auto& joined = joined_[name == known_header::forwarded];
  if (known.offset) {
    if (joined.empty()) joined = input_.substr(known.offset, known.size);
    joined.append(", ").append(value.data(), value.size());
  } else {
    known = slice_of(value);
  }
}

void request_parser::refuse(const char* why, error_code& ec) {
  if (!refusal_) refusal_ = why;
  ec = beast_http::error::bad_value;
}

}  // namespace linnet::http
