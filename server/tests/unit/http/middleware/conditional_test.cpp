#include "http/middleware/conditional.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

request reading(std::string_view if_none_match = {}, verb method = verb::get) {
  request r;
  r.method = method;
  if (!if_none_match.empty())
    r.headers[static_cast<std::size_t>(known_header::if_none_match)] = if_none_match;
  return r;
}

void apply_validators(response& answer, const request& r) {
  add_validators(answer, r);
  if (is_not_modified(answer, r)) answer = not_modified(answer);
}

}  // namespace

TEST_CASE("an entity tag is of the bytes alone, on every server", "[conditional]") {
  CHECK(entity_tag("{}") == entity_tag(std::string("{}")));
  CHECK(entity_tag("{}") != entity_tag("{ }"));
  CHECK(entity_tag("") != entity_tag(std::string_view("\0", 1)));
  const auto tag = entity_tag("{}");
  CHECK(tag.size() == 18);
  CHECK(tag.front() == '"');
  CHECK(tag.find_first_not_of("0123456789abcdef", 1) == 17);
  CHECK(tag.back() == '"');
}

TEST_CASE("a tag of two parts tells what lasts from the bytes", "[conditional]") {
  const auto tag = entity_tag("profile", "bytes");
  CHECK(tag.size() == 35);
  CHECK(tag.substr(0, 17) + '"' == entity_tag("profile"));
  CHECK('"' + tag.substr(18) == entity_tag("bytes"));
  CHECK(tag[17] == '.');

  response own = json(200, "{}");
  own.tag = tag;
  apply_validators(own, reading("W/" + tag));
  CHECK(own.status == 304);
  CHECK(own.headers.ends_with("ETag: " + tag + "\r\n"));
  response other = json(200, "{}");
  other.tag = tag;
  apply_validators(other, reading(entity_tag("profile", "others")));
  CHECK(other.status == 200);
}

TEST_CASE("a list of tags is searched as RFC 9110 compares them", "[conditional]") {
  constexpr std::string_view tag = "\"a\"";
  for (const bool weak : {true, false}) {
    CHECK(lists_tag("\"a\"", tag, weak));
    CHECK(lists_tag("*", tag, weak));
    CHECK(lists_tag(" * ", tag, weak));
    CHECK(lists_tag("\"b\", \"a\"", tag, weak));
    CHECK(lists_tag("\"b\",\t\"a\" ,\"c\"", tag, weak));
    CHECK(lists_tag(",,\"a\"", tag, weak));
    CHECK_FALSE(lists_tag("", tag, weak));
    CHECK_FALSE(lists_tag("a", tag, weak));
    CHECK_FALSE(lists_tag("\"A\"", tag, weak));
    CHECK_FALSE(lists_tag("\"ab\"", tag, weak));
    CHECK_FALSE(lists_tag("\"b\", \"c\"", tag, weak));
    CHECK_FALSE(lists_tag("w/\"a\"", tag, weak));
    CHECK_FALSE(lists_tag(", ,", "", weak));
    CHECK(lists_tag("*", "", weak));
  }
  CHECK(lists_tag("W/\"a\"", tag, true));
  CHECK(lists_tag("\"b\", W/\"a\"", tag, true));
  CHECK_FALSE(lists_tag("W/\"a\"", tag, false));
}

TEST_CASE("a read carries its validator", "[conditional]") {
  response r = json(200, "{}");
  apply_validators(r, reading());
  CHECK(r.status == 200);
  CHECK(r.body == "{}");
  CHECK(r.headers == "Cache-Control: no-cache\r\nVary: Authorization\r\nETag: " + entity_tag("{}") + "\r\n");

  request signed_in = reading();
  signed_in.viewer = principal{7, 1, "alice"};
  response own = json(200, "{}");
  apply_validators(own, signed_in);
  CHECK(own.headers ==
        "Cache-Control: private, no-cache\r\nVary: Authorization\r\nETag: " + entity_tag("{}") + "\r\n");
}

TEST_CASE("who has the bytes is not sent them again", "[conditional]") {
  for (const auto method : {verb::get, verb::head}) {
    response same = json(200, "{}");
    apply_validators(same, reading("W/" + entity_tag("{}"), method));
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(same.headers.ends_with("ETag: " + entity_tag("{}") + "\r\n"));

    response other = json(200, "{}");
    apply_validators(other, reading("\"0\"", method));
    CHECK(other.status == 200);
    CHECK(other.body == "{}");
  }
}

TEST_CASE("what is answered to an account is for it alone", "[conditional]") {
  request posting = reading("", verb::post);
  posting.viewer = principal{7, 1, "alice"};
  response posted = json(201, "{}");
  apply_validators(posted, posting);
  CHECK(posted.headers == "Cache-Control: private, no-cache\r\nVary: Authorization\r\n");

  response secret = json(201, "{}");
  secret.add_header("Cache-Control", "no-store");
  apply_validators(secret, posting);
  CHECK(secret.headers == "Cache-Control: no-store\r\n");
}

TEST_CASE("only successful reads of JSON have validators", "[conditional]") {
  response written = json(200, "{}");
  apply_validators(written, reading("*", verb::patch));
  CHECK(written.headers.empty());
  CHECK(written.status == 200);
  response missing = json(404, "{}");
  apply_validators(missing, reading("*"));
  CHECK(missing.headers.empty());
  CHECK(missing.status == 404);
  response text = json(200, "ok");
  text.content_type = "text/plain";
  apply_validators(text, reading("*"));
  CHECK(text.headers.empty());
}

}  // namespace linnet::http
