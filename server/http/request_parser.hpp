// Beast's incremental parser with the strictness it leaves to its users: exactly one Host, one numeric
// Content-Length, no Transfer-Encoding but a lone "chunked", no obs-fold, no field given twice that means one
// thing. Ambiguous framing is how requests are smuggled past proxies, so all of it is refused with 400.
// Trailers are read and ignored (RFC 9110, 6.5.1): a proxy checks and sets header fields only, so nothing
// else may pass for one.
//
// The parser keeps offsets into the session's buffer, not pointers: the buffer may grow while a body arrives.
#pragma once

#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/optional.hpp>

#include "http/request.hpp"

namespace linnet::http {

struct request_limits {
  std::size_t max_header_bytes = 16384;  // of all fields together; as many again of the first line
  std::size_t max_body_bytes = 16384;
  std::size_t max_target_bytes = 8192;
};

// The value of Origin in the request at the beginning of the buffer, however much of it has come and whatever
// is wrong with it; its data is null while there is none.
std::string_view origin_in(std::string_view buffer);

class request_parser : public boost::beast::http::basic_parser<true> {
 public:
  explicit request_parser(const request_limits&);

  // Feeds what the buffer holds from where the last call ended. `buffer` must begin at the same byte of the
  // stream at every call. Returns false while more is needed. Throws problem (400, 413, 414, 431).
  bool parse(std::string_view buffer);

  // How many bytes of the buffer belong to this request, once parse() returned true.
  std::size_t consumed() const { return consumed_; }
  bool expects_continue() const { return expects_continue_ && is_header_done() && !is_done(); }

  // The finished request, as views into `buffer` and this parser.
  request finish(std::string_view buffer) const;

 private:
  using error_code = boost::beast::error_code;
  using string_view = boost::beast::string_view;
  using field = boost::beast::http::field;
  struct slice {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  void on_request_impl(verb, string_view method, string_view target, int version, error_code&) override;
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field, string_view name, string_view value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override;
  void on_finish_impl(error_code&) override {}

  void check_header(std::string_view buffer) const;
  void check_size(std::size_t bytes) const;
  bool feed(std::string_view buffer);
  void check_trailer(field name, string_view value, error_code&);
  slice slice_of(string_view) const;
  void note(known_header, string_view value);
  void note_more(known_header, string_view value);
  void refuse(const char* why, error_code&);

  const request_limits& limits_;
  std::string_view input_;
  std::size_t consumed_ = 0;
  verb method_ = verb::unknown;
  int version_ = 0;
  slice method_name_;
  slice target_;
  std::array<slice, static_cast<std::size_t>(known_header::count)> headers_;
  std::array<std::string, 2> joined_;  // X-Forwarded-For, Forwarded: what came in several lines
  std::string body_;
  const char* refusal_ = nullptr;
  int hosts_ = 0;
  int content_lengths_ = 0;
  bool chunked_ = false;
  bool keep_alive_ = false;
  bool expects_continue_ = false;
};

}  // namespace linnet::http
