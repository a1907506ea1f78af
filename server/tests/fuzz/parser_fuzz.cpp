// request_parser: whatever the bytes and wherever reads cut them, it says the same, and reads nothing outside
// of them.
#include <algorithm>
#include <variant>

#include "core/problem.hpp"
#include "http/request_parser.hpp"
#include "tests/fuzz/property.hpp"

namespace linnet::http {
namespace {

constexpr request_limits limits{1024, 64, 512};

struct waits {
  friend bool operator==(const waits&, const waits&) = default;
};
struct refused {
  friend bool operator==(const refused&, const refused&) = default;
};
struct parsed {
  std::string method, target, body, headers;
  bool keep_alive;
  int version;
  std::size_t consumed;
  friend bool operator==(const parsed&, const parsed&) = default;
};
using outcome = std::variant<waits, refused, parsed>;

// Each header field that counts was said in the header: trailers must not be taken for headers (RFC 9110
// 6.5.1). Fields that may come in several lines are joined by commas.
void check_header(std::string_view value, std::string_view header) {
  for (std::size_t at = 0; at <= value.size();) {
    const auto end = std::min(value.find(',', at), value.size());
    auto part = value.substr(at, end - at);
    while (part.starts_with(' ') || part.starts_with('\t')) part.remove_prefix(1);
    while (part.ends_with(' ') || part.ends_with('\t')) part.remove_suffix(1);
    fuzz::require(header.find(part) != std::string_view::npos, "a header field is in the header");
    at = end + 1;
  }
}

parsed read(const request_parser& parser, std::string_view buffer) {
  const request r = parser.finish(buffer);
  parsed found{
      std::string(r.method_name), std::string(r.target), std::string(r.body), {}, r.keep_alive, r.version,
      parser.consumed()};
  for (const auto value : r.headers) {
    check_header(value, buffer.substr(0, buffer.find("\r\n\r\n")));
    found.headers.append(value).append("\n");
  }
  fuzz::require(parser.consumed() <= buffer.size(), "no more is consumed than there was");
  fuzz::require(found.body.size() <= limits.max_body_bytes, "the body is bounded");
  fuzz::require(found.target.size() <= limits.max_target_bytes, "the target is bounded");
  return found;
}

// Of the bytes as they come: the buffer grows at each of the cuts, and lies elsewhere each time.
outcome outcome_of(std::string_view bytes, const std::vector<std::size_t>& cuts) {
  try {
    request_parser parser(limits);
    for (const auto cut : cuts) {
      const std::vector<char> buffer(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
      const std::string_view view(buffer.data(), buffer.size());
      if (parser.parse(view)) return read(parser, view);
      (void)parser.expects_continue();
    }
    return waits{};
  } catch (const problem& p) {
    const auto status = definition_of(p.type()).status;
    fuzz::require(status == 400 || status == 413 || status == 414 || status == 431,
                  "a refusal is the client's fault");
    return refused{};
  }
}

}  // namespace
}  // namespace linnet::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  FuzzedDataProvider input(data, size);
  const auto first = input.ConsumeIntegral<std::uint8_t>();
  const auto second = input.ConsumeIntegral<std::uint8_t>();
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  const auto at = [&](std::size_t n) { return bytes.empty() ? n : n % bytes.size(); };
  std::vector<std::size_t> cuts{std::min(at(first), at(first + second)),
                                std::max(at(first), at(first + second)), bytes.size()};
  if (bytes.empty()) cuts = {0};
  fuzz::require(http::origin_in(bytes).size() <= bytes.size(), "an origin is part of what came");
  const auto whole = http::outcome_of(bytes, {bytes.size()});
  const auto in_pieces = http::outcome_of(bytes, cuts);
  // What is no request may be refused at once, or when nothing more comes.
  const bool is_request =
      std::holds_alternative<http::parsed>(whole) || std::holds_alternative<http::parsed>(in_pieces);
  fuzz::require(!is_request || whole == in_pieces, "pieces say what the whole says");
  return 0;
}
