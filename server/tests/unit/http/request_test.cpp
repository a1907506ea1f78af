#include "http/request.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"

namespace linnet::http {
namespace {

using testing::refusal;

request at(std::string_view target, verb method = verb::get) {
  request r;
  r.method = method;
  r.target = target;
  parse_target(r);
  return r;
}

}  // namespace

TEST_CASE("targets are split into a decoded path and an encoded query", "[request]") {
  struct expectation {
    std::string_view target, path, query;
  };
  const auto [target, path, query] = GENERATE(values<expectation>({
      {"/", "/", ""},
      {"/api/users/Alice_9", "/api/users/Alice_9", ""},
      {"/api//users/", "/api//users/", ""},
      {"/api/users?page=2&x=%20", "/api/users", "page=2&x=%20"},
      {"/api/users?", "/api/users", ""},
      {"/%61pi/%C3%A9", "/api/\xC3\xA9", ""},
      {"/a%2Fb/c", "/a%2Fb/c", ""},
      {"/a%2fb", "/a%2fb", ""},
      {"/%2e%2e/x", "/../x", ""},
      {"/a:b@c", "/a:b@c", ""},
      {"http://linnet.example/api/users?page=2", "/api/users", "page=2"},
      {"https://linnet.example", "/", ""},
      {"HTTP://linnet.example:8080?x", "/", "x"},
      {"/a?filter[lang]=en", "/a", "filter%5Blang%5D=en"},
      {"/a?x={a|b}^`\\", "/a", "x=%7Ba%7Cb%7D%5E%60%5C"},
      {"/a?b?c/d:@!$&'()*+,;=-._~%5b", "/a", "b?c/d:@!$&'()*+,;=-._~%5b"},
  }));
  INFO(target);
  const request r = at(target);
  CHECK(r.path == path);
  CHECK(r.query == query);
}

TEST_CASE("the path stays as it was sent, too", "[request]") {
  CHECK(at("/api/users/a%20b?x=1").encoded_path == "/api/users/a%20b");
  CHECK(at("/api/users/a?x").encoded_path == "/api/users/a");
  CHECK(at("/api/users/a").encoded_path == "/api/users/a");
  CHECK(at("http://a/b%2fc?x").encoded_path == "/b%2fc");
  CHECK(at("http://a").encoded_path == "/");
}

TEST_CASE("malformed targets are refused", "[request]") {
  const auto target = GENERATE(values<std::string_view>({"",
                                                         "api",
                                                         "*",
                                                         "/%",
                                                         "/%z1",
                                                         "/a?x=%z1",
                                                         "/a#b",
                                                         "/a\"b",
                                                         "/a<b>",
                                                         "/a b",
                                                         "/\xC3\xA9",
                                                         "ftp://a/b",
                                                         "a:80",
                                                         "http:/a",
                                                         "http:a",
                                                         "http://",
                                                         "http:///a",
                                                         "http://:80/a",
                                                         "https:/a",
                                                         "http:?a",
                                                         "http://me@a/b",
                                                         "http://a/b#c",
                                                         "http://a/b|c",
                                                         "/a|b",
                                                         "/a[b]",
                                                         "/a?b#c",
                                                         "/a?\"b\"",
                                                         "/a?<b>",
                                                         "/a?%z1",
                                                         "/a?%4",
                                                         "/a?%",
                                                         "/a?\xC3\xA9",
                                                         "/a?b\x7f"}));
  INFO(target);
  CHECK(refusal([&] { at(target); }) == problem_type::malformed_request);
}

TEST_CASE("only OPTIONS may name the whole server", "[request]") {
  CHECK(at("*", verb::options).path == "*");
  CHECK(refusal([] { at("*", verb::get); }) == problem_type::malformed_request);
}

TEST_CASE("parameters are decoded, and may be given once", "[request]") {
  const request r = at("/a?page=2&name=%C3%A9%26b&empty=&bare&twice=1&twice=1&%70lain=yes");
  CHECK(r.parameter("page") == "2");
  CHECK(r.parameter("name") == "\xC3\xA9&b");
  CHECK(r.parameter("empty") == "");
  CHECK(r.parameter("bare") == "");
  CHECK(r.parameter("plain") == "yes");
  CHECK(at("/a?x=a|b&y[]=c").parameter("x") == "a|b");
  CHECK(at("/a?x=a|b&y[]=c").parameter("y[]") == "c");
  CHECK(r.parameter("Page") == std::nullopt);
  CHECK(r.parameter("absent") == std::nullopt);
  CHECK(refusal([&] { r.parameter("twice"); }) == problem_type::malformed_request);
  CHECK(at("/a").parameter("page") == std::nullopt);
}

TEST_CASE("an account acts for itself only, in whatever case it is named", "[request]") {
  request r;
  r.viewer = principal{7, 1, "alice"};
  CHECK(r.account_named("alice", "change").user == 7);
  CHECK(r.account_named("ALICE", "change").user == 7);
  for (const auto* other : {"bob", "alice ", "alic", ""}) {
    CHECK(refusal([&] { r.account_named(other, "change"); }) == problem_type::forbidden);
  }
}

}  // namespace linnet::http
