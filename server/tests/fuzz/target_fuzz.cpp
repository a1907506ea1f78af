// Targets: parse_target, the router with the routes of the contract, query parameters and lists, and the
// answers that repeat any of it.
#include <fstream>

#include <rapidjson/document.h>

#include "core/problem.hpp"
#include "http/lists.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "tests/fuzz/property.hpp"

namespace linnet::http {
namespace {

// The paths and methods of api/openapi.yaml, which has each on a line of its own.
router routes_of_contract() {
  router routes;
  std::ifstream contract(LINNET_CONTRACT);
  std::string pattern;
  for (std::string line; std::getline(contract, line) && line != "components:";) {
    if (line.starts_with("  /")) pattern = line.substr(2, line.size() - 3);
    const auto method = boost::beast::http::string_to_verb([&] {
      std::string name =
          line.starts_with("    ") && line.ends_with(':') ? line.substr(4, line.size() - 5) : "";
      for (auto& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      return name;
    }());
    if (!pattern.empty() && method != verb::unknown)
      routes.add({method, pattern, pattern, access::reader, quota::none, {}});
  }
  fuzz::require(routes.routes().size() > 20, "the contract has routes");
  return routes;
}

constexpr std::array methods{verb::get,   verb::head,    verb::post,   verb::put,
                             verb::patch, verb::delete_, verb::options};

void check_headers(std::string_view lines) {
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = lines.find("\r\n", at);
    fuzz::require(end != std::string_view::npos, "each header line ends");
    const auto line = lines.substr(at, end - at);
    fuzz::require(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
                  "a header is one line");
    at = end + 2;
  }
}

void check_problem(const problem& p, const request& r) {
  const response answer = problem_response(p, r);
  fuzz::require(answer.status >= 400 && answer.status < 500, "it is the client's fault");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(answer.body.data(), answer.body.size());
  fuzz::require(!document.HasParseError() && document.IsObject(), "a problem is JSON");
  check_headers(answer.headers);
  std::string bytes;
  append_response(bytes, answer, r, "Date: now\r\n", true);
}

void check_list(request& r, bool more) {
  const auto asked = page_asked(r, list_kind::followers, 7);
  fuzz::require(asked.per_page >= 1 && asked.per_page <= max_page_size, "the size of a page is bounded");
  fuzz::require(asked.page >= 1 && (asked.after || asked.page <= max_page),
                "the number of a page is bounded");
  list_writer writer(0);
  const auto answer = std::move(writer).finish(r, asked, list_kind::followers, 7, position{1, 1}, more);
  check_headers(answer.headers);
  fuzz::require((answer.headers.find("Link") != std::string::npos) == more,
                "a link leads on if there is more");
}

}  // namespace
}  // namespace linnet::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  using namespace linnet::http;
  static const router routes = routes_of_contract();
  FuzzedDataProvider input(data, size);
  request r;
  r.method = input.PickValueInArray(methods);
  const bool more = input.ConsumeBool();
  const std::string target = input.ConsumeRemainingBytesAsString();
  r.target = target;
  try {
    parse_target(r);
    fuzz::require(r.path == "*" || r.path.starts_with('/'), "a path begins with a slash");
    const auto& found = routes.find(r);
    for (const auto param : r.params) {
      fuzz::require(param.find('/') == std::string_view::npos, "a parameter is one segment");
      fuzz::require(param.empty() || (param.data() >= r.path.data() &&
                                      param.data() + param.size() <= r.path.data() + r.path.size()),
                    "a parameter is part of the path");
    }
    fuzz::require(
        routes.allowed(r).find(std::string(boost::beast::http::to_string(found.method))) != std::string::npos,
        "it is allowed");
    for (const auto name : {"ids", "usernames"}) {
      if (r.parameter(name))
        fuzz::require(names_asked(r, name).size() <= max_page_size, "lookups are bounded");
    }
    check_list(r, more);
    r.viewer = principal{7, 1, "ada"};
    (void)r.account_named(r.params[0], "change");
  } catch (const problem& p) {
    check_problem(p, r);
  }
  return 0;
}
