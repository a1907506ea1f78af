#include "http/router.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"

namespace linnet::http {
namespace {

using testing::refusal;

router sample() {
  router routes;
  const auto add = [&](verb method, std::string pattern, std::string name) {
    routes.add({method, std::move(pattern), std::move(name), access::anyone, quota::none, {}});
  };
  add(verb::get, "/api/users", "get_users");
  add(verb::post, "/api/users", "post_user");
  add(verb::get, "/api/users/{username}", "get_user");
  add(verb::delete_, "/api/users/{username}", "delete_user");
  add(verb::get, "/api/users/me", "get_me");
  add(verb::put, "/api/users/{username}/tweets/{id}/favorites/{favoriter}", "put_favorite");
  add(verb::post, "/api/sessions", "post_session");
  return routes;
}

request asking(verb method, std::string path) {
  request r;
  r.method = method;
  r.path = std::move(path);
  return r;
}

}  // namespace

TEST_CASE("a route is found by method and path", "[router]") {
  const router routes = sample();
  const auto name = [&](verb method, const char* path) {
    request r = asking(method, path);
    return routes.find(r).name;
  };
  CHECK(name(verb::get, "/api/users") == "get_users");
  CHECK(name(verb::post, "/api/users") == "post_user");
  CHECK(name(verb::get, "/api/users/alice") == "get_user");
  CHECK(name(verb::get, "/api/users/me") == "get_me");
  CHECK(name(verb::delete_, "/api/users/alice") == "delete_user");
  CHECK(name(verb::head, "/api/users/alice") == "get_user");
}

TEST_CASE("parameters of a path are handed over in order", "[router]") {
  const router routes = sample();
  request r = asking(verb::put, "/api/users/al ice/tweets/17/favorites/bob");
  CHECK(routes.find(r).name == "put_favorite");
  CHECK(r.params[0] == "al ice");
  CHECK(r.params[1] == "17");
  CHECK(r.params[2] == "bob");
}

TEST_CASE("a path nobody knows is not found, whatever the method", "[router]") {
  const router routes = sample();
  const auto path = GENERATE(
      values<std::string>({"/", "/api", "/api/", "/api/users/", "/api/users/alice/", "/api//users",
                           "/API/users", "/api/users/alice/tweets", "/api/users/alice/tweets/1/favorites",
                           "/api/users/a/tweets/1/favorites/b/c", "/api/users//tweets/1/favorites/b"}));
  INFO(path);
  request get = asking(verb::get, path);
  request patch = asking(verb::patch, path);
  CHECK(refusal([&] { routes.find(get); }) == problem_type::not_found);
  CHECK(refusal([&] { routes.find(patch); }) == problem_type::not_found);
  CHECK(refusal([&] { routes.allowed(get); }) == problem_type::not_found);
}

TEST_CASE("a known path with another method tells which are allowed", "[router]") {
  const router routes = sample();
  const auto allow = [&](verb method, const char* path) {
    request r = asking(method, path);
    try {
      routes.find(r);
    } catch (const problem& p) {
      CHECK(p.type() == problem_type::method_not_allowed);
      return p.headers;
    }
    return std::string("found");
  };
  CHECK(allow(verb::patch, "/api/users") == "Allow: GET, HEAD, POST, OPTIONS\r\n");
  CHECK(allow(verb::unknown, "/api/users/alice") == "Allow: GET, HEAD, DELETE, OPTIONS\r\n");
  CHECK(allow(verb::get, "/api/sessions") == "Allow: POST, OPTIONS\r\n");
  CHECK(allow(verb::head, "/api/sessions") == "Allow: POST, OPTIONS\r\n");

  request options = asking(verb::options, "/api/users/alice");
  CHECK(routes.allowed(options) == "GET, HEAD, DELETE, OPTIONS");
}

TEST_CASE("routes are numbered in the order they were added", "[router]") {
  const router routes = sample();
  for (std::size_t i = 0; i < routes.routes().size(); ++i) CHECK(routes.routes()[i]->index == i);
  CHECK(routes.routes().size() == 7);
}

}  // namespace linnet::http
