#include "http/lists.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"

namespace linnet::http {
namespace {

using testing::refusal;

constexpr auto kind = list_kind::followers;
constexpr std::int64_t owner = 7;

request list_request(std::string query) {
  request r;
  r.target = "http://linnet.example/api/users/alice/followers";
  r.encoded_path = "/api/users/alice/followers";
  r.query = std::move(query);
  return r;
}

page_request asked(const std::string& query) {
  return page_asked(list_request(query), kind, owner);
}

// The query of the page that Link leads to.
std::string next_query(const response& r) {
  const std::string head = "Link: </api/users/alice/followers?";
  REQUIRE(r.headers.starts_with(head));
  const std::string tail = ">; rel=\"next\"\r\n";
  REQUIRE(r.headers.ends_with(tail));
  return r.headers.substr(head.size(), r.headers.size() - head.size() - tail.size());
}

}  // namespace

TEST_CASE("without parameters the first page of twenty is meant", "[lists]") {
  for (const auto* query : {"", "other=1"}) {
    const auto p = asked(query);
    CHECK(p.page == 1);
    CHECK(p.per_page == 20);
    CHECK_FALSE(p.after);
  }
}

TEST_CASE("page and per_page are numbers within bounds", "[lists]") {
  CHECK(asked("page=100&per_page=100").page == 100);
  CHECK(asked("page=100&per_page=100").per_page == 100);
  CHECK(asked("per_page=1").per_page == 1);
  const auto query = GENERATE(values<std::string>({"page=0",
                                                   "page=101",
                                                   "page=-1",
                                                   "page=+1",
                                                   "page=",
                                                   "page",
                                                   "page=1.0",
                                                   "page=1e1",
                                                   "page=%201",
                                                   "page=1%20",
                                                   "page=99999999999999999999",
                                                   "page=x",
                                                   "page=1&page=1",
                                                   "per_page=0",
                                                   "per_page=101",
                                                   "per_page=-1",
                                                   "per_page=",
                                                   "per_page=ten",
                                                   "per_page=1&per_page=2",
                                                   "cursor=x",
                                                   "cursor="}));
  INFO(query);
  CHECK(refusal([&] { asked(query); }) == problem_type::malformed_request);
}

TEST_CASE("a cursor leads on in its own list only", "[lists]") {
  const auto cursor = encode_cursor(kind, owner, {1700000000000000, 9}, 3);
  const auto p = asked("cursor=" + cursor + "&per_page=50");
  CHECK(p.page == 3);
  CHECK(p.per_page == 50);
  CHECK(p.after == position{1700000000000000, 9});

  const auto refused = [&](const std::string& query, list_kind k, std::int64_t o) {
    return refusal([&] { page_asked(list_request(query), k, o); }) == problem_type::malformed_request;
  };
  CHECK(refused("cursor=" + cursor, list_kind::followees, owner));
  CHECK(refused("cursor=" + cursor, kind, owner + 1));
  CHECK(refused("cursor=" + cursor + "A", kind, owner));
  CHECK(refused("cursor=" + cursor.substr(1), kind, owner));
  CHECK(refused("page=1&cursor=" + cursor, kind, owner));
}

TEST_CASE("a list ends with its page number and the way to the next page", "[lists]") {
  list_writer list(2);
  list.next_item() += "1";
  list.next_item() += "{}";
  const auto r = std::move(list).finish(list_request(""), {}, kind, owner, position{5, 4}, true);
  const auto cursor = encode_cursor(kind, owner, {5, 4}, 2);
  CHECK(r.status == 200);
  CHECK(r.body == "{\"items\":[1,{}],\"page\":1,\"next_cursor\":\"" + cursor + "\"}");
  const auto next = asked(next_query(r));
  CHECK(next.page == 2);
  CHECK(next.after == position{5, 4});
  CHECK(next.per_page == 20);
}

TEST_CASE("Link keeps the page size and the filter of the request, not its other parameters", "[lists]") {
  page_request p;
  p.page = 4;
  p.per_page = 3;
  request r = list_request("page=4&per_page=3&x=y");
  r.target = "/api/users/alice/followers?page=4&per_page=3&x=y";
  const auto answer = list_writer(0).finish(r, p, list_kind::favorited_tweets, owner, position{5, 4}, true);
  CHECK(next_query(answer) ==
        "favorited=true&cursor=" + encode_cursor(list_kind::favorited_tweets, owner, {5, 4}, 5) +
            "&per_page=3");
}

TEST_CASE("the last page leads nowhere", "[lists]") {
  const auto last = list_writer(0).finish(list_request(""), {}, kind, owner, position{5, 4}, false);
  CHECK(last.body == R"({"items":[],"page":1,"next_cursor":null})");
  CHECK(last.headers.empty());
  CHECK(list_writer(0).finish(list_request(""), {}, kind, owner, std::nullopt, true).headers.empty());
}

TEST_CASE("a lookup is an envelope of items alone", "[lists]") {
  list_writer list(2);
  list.next_item() += "1";
  CHECK(std::move(list).finish_lookup().body == R"({"items":[1]})");
  CHECK(list_writer(0).finish_lookup().body == R"({"items":[]})");
}

TEST_CASE("names are asked for by the hundred, each once", "[lists]") {
  const auto names = [](const std::string& query) { return names_asked(list_request(query), "ids"); };
  CHECK(names("ids=b,a,b,%C3%A9") == std::vector<std::string>{"b", "a", "\xC3\xA9"});

  std::string hundred = "ids=0";
  for (int i = 1; i < 100; ++i) hundred += "," + std::to_string(i);
  CHECK(names(hundred).size() == 100);
  CHECK(names(hundred + ",0").size() == 100);
  CHECK(refusal([&] { names(hundred + ",100"); }) == problem_type::malformed_request);
  for (const auto* query :
       {"", "other=1", "ids=", "ids", "ids=,", "ids=a,", "ids=,a", "ids=a,,b", "ids=a&ids=b"}) {
    INFO(query);
    CHECK(refusal([&] { names(query); }) == problem_type::malformed_request);
  }
}

}  // namespace linnet::http
