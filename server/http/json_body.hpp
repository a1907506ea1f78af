// The JSON object in a request body, read strictly: valid UTF-8, no duplicate members (400), no unknown ones
// (422).
//
//   json_body body(request);
//   auto content = body.required_text("content", {1, 140});
//   body.finish();   // throws 422 naming every invalid or unknown member
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include <rapidjson/document.h>

#include "core/problem.hpp"
#include "core/text.hpp"
#include "http/request.hpp"

namespace linnet::http {

struct text_rule {
  std::size_t min = 0;  // code points, as prepared
  std::size_t max = 0;
  bool blank_allowed = true;
  // nullopt: not valid UTF-8; null: the text is taken as it is.
  std::optional<std::string> (*prepare)(std::string_view) = to_nfc;
  bool (*allows)(std::string_view) = nullptr;  // a further condition, which `wants` puts in words
  const char* wants = nullptr;
};

class json_body {
 public:
  // Throws 415 unless the body is declared as JSON (or, for PATCH, as a merge patch) and is not compressed,
  // 400 unless it is an object.
  explicit json_body(const request&);

  // The member's text; an empty one after an error was noted.
  std::string required_text(const char* name, const text_rule&);
  // nullopt when the member is absent; with `null_clears`, null means the empty text (RFC 7396).
  std::optional<std::string> optional_text(const char* name, const text_rule&, bool null_clears = false);
  // Notes an error of the caller's own about a member.
  void invalid(const char* name, std::string detail);
  // Throws invalid_content when any error was noted or any member was not asked for.
  void finish();

 private:
  const rapidjson::Value* claim(const char* name);
  std::string checked_text(const char* name, const rapidjson::Value&, const text_rule&);

  // What most bodies need; beyond it RapidJSON takes 64 KiB at a time.
  alignas(std::max_align_t) std::array<char, 1024> memory_;
  rapidjson::MemoryPoolAllocator<> pool_{memory_.data(), memory_.size()};
  rapidjson::Document document_{&pool_};
  std::vector<std::string_view> claimed_;
  std::vector<field_error> errors_;
};

// For routes without a body: an empty one or {} is fine. Throws as json_body does.
void expect_no_content(const request&);

}  // namespace linnet::http
