#include "http/json_body.hpp"

#include <algorithm>
#include <set>

#include <boost/beast/core/string.hpp>
#include <fmt/format.h>
#include <rapidjson/error/en.h>

namespace linnet::http {

namespace {

// "application/json; charset=utf-8" without its parameters.
bool is_json(std::string_view content_type, bool patch) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return boost::beast::iequals(type, "application/json") ||
         (patch && boost::beast::iequals(type, "application/merge-patch+json"));
}

// RFC 6901 escapes of a member name.
std::string pointer_to(std::string_view name) {
  std::string pointer = "/";
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

// RapidJSON lets the escape of a lone low surrogate pass, which no UTF-8 can hold.
void refuse_invalid_text(const rapidjson::Value& value) {
  const std::string_view text(value.GetString(), value.GetStringLength());
  if (!is_valid_utf8(text)) fail_malformed("The JSON has an escape that is no character.");
}

// Nothing of ours nests; what follows may then recurse without care for the stack. Requires well-formed JSON.
void refuse_deep_nesting(std::string_view json) {
  constexpr int deepest = 32;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '\\' && in_string) {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '{' || c == '[')) {
      if (++depth > deepest) fail_malformed("The JSON is nested too deeply.");
    } else if (!in_string && (c == '}' || c == ']')) {
      --depth;
    }
  }
}

// At every depth, also in what is not ours: texts are texts, and which of two values counts is never a guess.
void refuse_ambiguity(const rapidjson::Value& value) {
  if (value.IsString()) refuse_invalid_text(value);
  if (value.IsArray()) {
    for (const auto& item : value.GetArray()) refuse_ambiguity(item);
  }
  if (!value.IsObject()) return;
  std::set<std::string_view> seen;
  for (const auto& member : value.GetObject()) {
    refuse_invalid_text(member.name);
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (!seen.insert(name).second) fail_malformed("The JSON has a member twice.");
    refuse_ambiguity(member.value);
  }
}

}  // namespace

json_body::json_body(const request& r) {
  const bool patch = r.method == verb::patch;
  if (!is_json(r.header(known_header::content_type), patch)) {
    problem refused(problem_type::unsupported_media_type,
                    patch ? "The body must be application/merge-patch+json or application/json."
                          : "The body must be application/json.");
    throw refused;
  }
  if (!r.header(known_header::content_encoding).empty()) {
    problem refused(problem_type::unsupported_media_type, "The body must not be compressed.");
    refused.headers = "Accept-Encoding: identity\r\n";
    throw refused;
  }
  // RapidJSON takes NUL for the end.
  if (contains_nul(r.body)) fail_malformed("The body has a NUL in it.");
  // Iterative: nesting must not be able to exhaust the stack.
  document_.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(r.body.data(),
                                                                                          r.body.size());
  if (document_.HasParseError()) {
    fail_malformed(fmt::format("Malformed JSON at byte {}: {}", document_.GetErrorOffset(),
                               rapidjson::GetParseError_En(document_.GetParseError())));
  }
  refuse_deep_nesting(r.body);
  if (!document_.IsObject()) fail_invalid("", "The body must be a JSON object.");
  refuse_ambiguity(document_);
}

const rapidjson::Value* json_body::claim(const char* name) {
  claimed_.push_back(name);
  const auto found = document_.FindMember(name);
  return found == document_.MemberEnd() ? nullptr : &found->value;
}

std::string json_body::required_text(const char* name, const text_rule& rule) {
  const auto* value = claim(name);
  if (value) return checked_text(name, *value, rule);
  invalid(name, "is required");
  return {};
}

std::optional<std::string> json_body::optional_text(const char* name, const text_rule& rule,
                                                    bool null_clears) {
  const auto* value = claim(name);
  if (!value) return std::nullopt;
  if (value->IsNull() && null_clears) return std::string();
  return checked_text(name, *value, rule);
}

std::string json_body::checked_text(const char* name, const rapidjson::Value& value, const text_rule& rule) {
  if (!value.IsString()) {
    invalid(name, "must be a string");
    return {};
  }
  const std::string_view given(value.GetString(), value.GetStringLength());
  if (contains_nul(given)) {
    invalid(name, "must not contain U+0000");
    return {};
  }
  std::string text(given);
  if (rule.prepare) {
    auto prepared = rule.prepare(given);
    if (!prepared) fail_malformed("The body is not valid UTF-8.");
    text = std::move(*prepared);
  }
  const auto length = count_code_points(text);
  if (length < rule.min || length > rule.max) {
    invalid(name, fmt::format("must have {} to {} characters, not {}", rule.min, rule.max, length));
  } else if (!rule.blank_allowed && is_blank(text)) {
    invalid(name, "must not be blank");
  } else if (rule.allows && !rule.allows(text)) {
    invalid(name, rule.wants);
  }
  return text;
}

void json_body::invalid(const char* name, std::string detail) {
  errors_.push_back({pointer_to(name), std::move(detail)});
}

void json_body::finish() {
  for (const auto& member : document_.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (std::find(claimed_.begin(), claimed_.end(), name) == claimed_.end()) {
      errors_.push_back({pointer_to(name), "is not a member of this resource"});
    }
  }
  if (!errors_.empty()) throw problem("The request body is invalid.", std::move(errors_));
}

void expect_no_content(const request& r) {
  if (!r.body.empty()) json_body(r).finish();
}

}  // namespace linnet::http
