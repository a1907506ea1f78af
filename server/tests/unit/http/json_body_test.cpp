#include "http/json_body.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"

namespace linnet::http {
namespace {

using testing::refusal;

request sending(std::string_view body, std::string_view type = "application/json", verb method = verb::post) {
  request r;
  r.method = method;
  r.body = body;
  r.headers[static_cast<std::size_t>(known_header::content_type)] = type;
  return r;
}

std::optional<problem_type> refusal_of(std::string_view body) {
  return refusal([&] { json_body{sending(body)}; });
}

std::vector<std::string> errors_of(json_body& body) {
  std::vector<std::string> found;
  try {
    body.finish();
  } catch (const problem& p) {
    CHECK(p.type() == problem_type::invalid_content);
    for (const auto& e : p.errors()) found.push_back(e.pointer + " " + e.detail);
  }
  return found;
}

// The errors of one member "a" under a rule.
std::vector<std::string> errors_under(const text_rule& rule, const std::string& value) {
  const std::string json = "{\"a\":" + value + "}";
  json_body body(sending(json));
  body.required_text("a", rule);
  return errors_of(body);
}

}  // namespace

TEST_CASE("a compressed body is refused for what it is, and its sender told what is taken", "[json_body]") {
  request r = sending("\x1f\x8b");
  r.headers[static_cast<std::size_t>(known_header::content_encoding)] = "gzip";
  CHECK(refusal([&] { json_body{r}; }) == problem_type::unsupported_media_type);
  try {
    json_body{r};
  } catch (const problem& p) {
    CHECK(p.headers == "Accept-Encoding: identity\r\n");
  }
  r.body = "";
  CHECK_FALSE(refusal([&] { expect_no_content(r); }));
}

TEST_CASE("only declared JSON is read", "[json_body]") {
  const auto accepted = [](std::string_view type, verb method) {
    return refusal([&] { json_body{sending("{}", type, method)}; }) != problem_type::unsupported_media_type;
  };
  CHECK(accepted("application/json", verb::post));
  CHECK(accepted("Application/JSON ; charset=utf-8", verb::post));
  CHECK(accepted("application/merge-patch+json", verb::patch));
  CHECK(accepted("application/json", verb::patch));
  CHECK_FALSE(accepted("application/merge-patch+json", verb::post));
  CHECK_FALSE(accepted("", verb::post));
  CHECK_FALSE(accepted("text/json", verb::post));
  CHECK_FALSE(accepted("application/jsonx", verb::post));
  CHECK_FALSE(accepted("application/x-www-form-urlencoded", verb::post));
}

TEST_CASE("malformed JSON is refused", "[json_body]") {
  const auto body = GENERATE(values<std::string>({
      "",
      " ",
      "{",
      "}",
      "{}}",
      "{} x",
      "{a:1}",
      "{'a':1}",
      "{\"a\":1,}",
      "{\"a\" 1}",
      "{\"a\":01}",
      "{\"a\":1e400}",
      "{\"a\":NaN}",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\\x\"}",
      "{\"a\":\"\\ud800\"}",
      "{\"a\":\"\\ud800\\u0041\"}",
      "{\"a\":\"\xff\"}",
      "{\"a\":\"\xc0\x80\"}",
      "{\"a\":\"\xed\xa0\x80\"}",
      "{/**/}",
      std::string("\0{}", 3),
  }));
  INFO(body);
  CHECK(refusal_of(body) == problem_type::malformed_request);
}

TEST_CASE("JSON that is no object is understood, and refused", "[json_body]") {
  for (const auto* body : {"[]", "null", "\"a\"", "1", "true"})
    CHECK(refusal_of(body) == problem_type::invalid_content);
}

TEST_CASE("bytes after the object are refused, NUL too", "[json_body]") {
  CHECK(refusal_of(std::string_view("{}\0", 3)) == problem_type::malformed_request);
  CHECK(refusal_of(std::string_view("{}\0{\"a\":1}", 10)) == problem_type::malformed_request);
}

TEST_CASE("a lone low surrogate is no text", "[json_body]") {
  const auto read_as = [](auto prepare) {
    return refusal([&] {
      json_body body(sending("{\"a\":\"\\udc00\"}"));
      body.required_text("a", {.min = 1, .max = 5, .prepare = prepare});
    });
  };
  CHECK(read_as(to_nfc) == problem_type::malformed_request);
  CHECK(read_as(nullptr) == problem_type::malformed_request);
  CHECK(refusal([] { json_body(sending("{\"\\udc00\":1}")).finish(); }) == problem_type::malformed_request);
}

TEST_CASE("a member given twice is refused at any depth", "[json_body]") {
  CHECK(refusal_of(R"({"a":1,"a":1})") == problem_type::malformed_request);
  CHECK(refusal_of(R"({"a":1,"\u0061":2})") == problem_type::malformed_request);
  CHECK(refusal_of(R"({"x":{"a":1,"a":1}})") == problem_type::malformed_request);
  CHECK(refusal_of(R"({"x":[{"y":{"a":1,"b":2,"a":1}}]})") == problem_type::malformed_request);
  CHECK_FALSE(refusal_of(R"({"a":{"a":1},"b":[{"a":1},{"a":1}],"A":1})"));
}

TEST_CASE("nesting is bounded, however long the body", "[json_body]") {
  const auto nested = [](std::size_t arrays) {
    return "{\"a\":" + std::string(arrays, '[') + std::string(arrays, ']') + "}";
  };
  CHECK_FALSE(refusal_of(nested(31)));
  CHECK(refusal_of(nested(32)) == problem_type::malformed_request);
  CHECK(refusal_of(nested(1'000'000)) == problem_type::malformed_request);
  CHECK(refusal_of(std::string(1'000'000, '[')) == problem_type::malformed_request);
  CHECK_FALSE(refusal_of("{\"a\":\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"}"));
}

TEST_CASE("texts are counted in code points after normalisation", "[json_body]") {
  constexpr text_rule rule{.min = 1, .max = 3};
  CHECK(errors_under(rule, R"("abc")").empty());
  CHECK(errors_under(rule, R"("\ud83d\ude00\ud83d\ude00\ud83d\ude00")").empty());
  CHECK(errors_under(rule, R"("e\u0301e\u0301e\u0301")").empty());
  CHECK(errors_under(rule, R"("")") == std::vector<std::string>{"/a must have 1 to 3 characters, not 0"});
  CHECK(errors_under(rule, R"("abcd")") == std::vector<std::string>{"/a must have 1 to 3 characters, not 4"});
  CHECK(errors_under({.min = 1, .max = 3, .prepare = nullptr}, R"("e\u0301e\u0301")") ==
        std::vector<std::string>{"/a must have 1 to 3 characters, not 4"});
}

TEST_CASE("texts are handed over as prepared, names and old secrets as they are", "[json_body]") {
  json_body body(sending(R"({"text":"e\u0301\/","secret":"e\u0301","fresh":"e\u0301\u3000"})"));
  CHECK(body.required_text("text", {1, 9}) == "\xC3\xA9/");
  CHECK(body.required_text("secret", {.min = 1, .max = 9, .prepare = nullptr}) == "e\xCC\x81");
  CHECK(body.required_text("fresh", {.min = 2, .max = 2, .prepare = to_opaque_string}) == "\xC3\xA9 ");
  CHECK(errors_of(body).empty());
}

TEST_CASE("what breaks a rule is named by pointer", "[json_body]") {
  constexpr text_rule rule{.min = 1, .max = 3};
  CHECK(errors_under(rule, "1") == std::vector<std::string>{"/a must be a string"});
  CHECK(errors_under(rule, "null") == std::vector<std::string>{"/a must be a string"});
  CHECK(errors_under(rule, "[\"a\"]") == std::vector<std::string>{"/a must be a string"});
  CHECK(errors_under(rule, R"("a\u0000")") == std::vector<std::string>{"/a must not contain U+0000"});
  CHECK(errors_under({.min = 1, .max = 3, .blank_allowed = false}, R"(" \u3000")") ==
        std::vector<std::string>{"/a must not be blank"});
}

TEST_CASE("all errors of a body are told at once", "[json_body]") {
  json_body body(sending(R"({"long":"abcd","a/b~c":1,"fine":"x"})"));
  body.required_text("missing", {1, 3});
  body.required_text("long", {1, 3});
  CHECK(body.required_text("fine", {1, 3}) == "x");
  body.invalid("fine", "is taken");
  CHECK(errors_of(body) ==
        std::vector<std::string>{"/missing is required", "/long must have 1 to 3 characters, not 4",
                                 "/fine is taken", "/a~1b~0c is not a member of this resource"});
}

TEST_CASE("optional members may be absent, and null clears where that is meant", "[json_body]") {
  json_body body(sending(R"({"cleared":null,"kept":"x","wrong":null})"));
  CHECK(body.optional_text("absent", {0, 3}, true) == std::nullopt);
  CHECK(body.optional_text("cleared", {0, 3}, true) == "");
  CHECK(body.optional_text("kept", {0, 3}, true) == "x");
  body.optional_text("wrong", {0, 3});
  CHECK(errors_of(body) == std::vector<std::string>{"/wrong must be a string"});
}

TEST_CASE("routes without a body take none or an empty object", "[json_body]") {
  CHECK_NOTHROW(expect_no_content(sending("", "")));
  CHECK_NOTHROW(expect_no_content(sending("{}")));
  CHECK(refusal([] { expect_no_content(sending("{}", "")); }) == problem_type::unsupported_media_type);
  CHECK(refusal([] { expect_no_content(sending("[]")); }) == problem_type::invalid_content);
  CHECK(refusal([] { expect_no_content(sending(R"({"a":1})")); }) == problem_type::invalid_content);
}

}  // namespace linnet::http
