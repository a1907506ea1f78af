// json_body: whatever the body, it is refused with a problem that is JSON itself, or its members are texts
// that can be stored.
#include <rapidjson/document.h>

#include "core/text.hpp"
#include "http/json_body.hpp"
#include "http/response.hpp"
#include "tests/fuzz/property.hpp"

namespace linnet::http {
namespace {

constexpr text_rule line{.min = 1, .max = 20, .blank_allowed = false};
constexpr text_rule secret{.min = 8, .max = 20, .prepare = to_opaque_string};
constexpr text_rule name{.min = 1, .max = 15, .prepare = nullptr, .allows = is_username, .wants = "a name"};

void check(const std::string& text, const text_rule& rule) {
  fuzz::require(is_valid_utf8(text) && !contains_nul(text), "a member can be stored");
  const auto length = count_code_points(text);
  fuzz::require(length >= rule.min && length <= rule.max, "a member is as long as the rule says");
  fuzz::require(!rule.prepare || rule.prepare(text) == text, "a member is prepared");
  fuzz::require(rule.blank_allowed || !is_blank(text), "a member is not blank");
}

void check_problem(const problem& p, const request& r) {
  const response answer = problem_response(p, r);
  fuzz::require(answer.status == 400 || answer.status == 415 || answer.status == 422,
                "it is the client's fault");
  rapidjson::Document document;
  document.Parse<rapidjson::kParseValidateEncodingFlag>(answer.body.data(), answer.body.size());
  fuzz::require(!document.HasParseError() && document.IsObject(), "a problem is JSON");
  for (const auto& error : p.errors())
    fuzz::require(error.pointer.empty() || error.pointer.starts_with('/'), "a pointer is one");
}

}  // namespace
}  // namespace linnet::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  using namespace linnet::http;
  static constexpr const char* types[] = {"application/json", "application/merge-patch+json",
                                          "Application/JSON ; charset=utf-8", "text/plain", ""};
  FuzzedDataProvider input(data, size);
  request r;
  r.target = "/";
  r.method = input.ConsumeBool() ? verb::patch : verb::post;
  r.headers[static_cast<std::size_t>(known_header::content_type)] = input.PickValueInArray(types);
  const bool empty = input.ConsumeBool();
  const std::string bytes = input.ConsumeRemainingBytesAsString();
  r.body = bytes;
  try {
    if (empty) {
      expect_no_content(r);
      return 0;
    }
    json_body body(r);
    const auto content = body.required_text("content", line);
    const auto password = body.required_text("password", secret);
    const auto description = body.optional_text("description", line, true);
    const auto username = body.optional_text("username", name);
    if (content == "bad") body.invalid("content", "is bad");
    body.finish();
    check(content, line);
    check(password, secret);
    if (description && !description->empty()) check(*description, line);
    if (username) check(*username, name);
  } catch (const problem& p) {
    check_problem(p, r);
  }
  return 0;
}
