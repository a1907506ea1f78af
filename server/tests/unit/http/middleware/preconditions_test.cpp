#include "http/middleware/preconditions.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"

namespace linnet::http {
namespace {

using testing::refusal;

preconditions conditions(std::string_view if_match, std::string_view if_none_match = {}) {
  request r;
  r.headers[static_cast<std::size_t>(known_header::if_match)] = if_match;
  r.headers[static_cast<std::size_t>(known_header::if_none_match)] = if_none_match;
  return preconditions(r);
}

bool hold(const preconditions& c, std::optional<std::string_view> tag) {
  const auto refused = refusal([&] { c.check(tag); });
  if (refused) CHECK(refused == problem_type::precondition_failed);
  return !refused;
}

}  // namespace

TEST_CASE("without conditions everything holds", "[preconditions]") {
  CHECK_FALSE(conditions("").given());
  CHECK(hold(conditions(""), "\"a\""));
  CHECK(hold(conditions(""), std::nullopt));
}

TEST_CASE("If-Match wants one of its tags to be there", "[preconditions]") {
  CHECK(conditions("*").given());
  CHECK(conditions("*").want_something());
  CHECK(hold(conditions("*"), "\"a\""));
  CHECK(hold(conditions("*"), ""));
  CHECK_FALSE(hold(conditions("*"), std::nullopt));
  CHECK(hold(conditions("\"b\", \"a\""), "\"a\""));
  CHECK_FALSE(hold(conditions("\"b\""), "\"a\""));
  CHECK_FALSE(hold(conditions("W/\"a\""), "\"a\""));
  CHECK_FALSE(hold(conditions("\"a\""), std::nullopt));
  CHECK_FALSE(hold(conditions("\"a\""), ""));
}

TEST_CASE("of a tag with two parts If-Match compares the first, If-None-Match both", "[preconditions]") {
  constexpr std::string_view tag = "\"profile.bytes\"";
  CHECK(hold(conditions("\"profile.bytes\""), tag));
  CHECK(hold(conditions("\"x.bytes\", \"profile.others\""), tag));
  CHECK(hold(conditions("\"profile\""), tag));
  CHECK_FALSE(hold(conditions("W/\"profile.bytes\""), tag));
  CHECK_FALSE(hold(conditions("\"x.bytes\""), tag));
  CHECK_FALSE(hold(conditions("\"bytes\""), tag));
  CHECK_FALSE(hold(conditions("\"profile.bytes\""), "\"profile\""));
  CHECK_FALSE(hold(conditions("", "\"profile.bytes\""), tag));
  CHECK_FALSE(hold(conditions("", "\"x\", W/\"profile.bytes\""), tag));
  CHECK(hold(conditions("", "\"profile.others\""), tag));
}

TEST_CASE("If-None-Match wants none of its tags to be there", "[preconditions]") {
  CHECK(conditions("", "*").want_nothing());
  CHECK_FALSE(conditions("", "\"a\"").want_nothing());
  CHECK(hold(conditions("", "*"), std::nullopt));
  CHECK_FALSE(hold(conditions("", "*"), "\"a\""));
  CHECK_FALSE(hold(conditions("", "*"), ""));
  CHECK(hold(conditions("", "\"a\""), std::nullopt));
  CHECK(hold(conditions("", "\"a\""), "\"b\""));
  CHECK_FALSE(hold(conditions("\"a\"", "\"a\""), "\"a\""));
}

}  // namespace linnet::http
