#include "http/middleware/request_id.hpp"

#include <set>

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

std::string assigned(request_ids& ids, std::string_view given) {
  request r;
  r.headers[static_cast<std::size_t>(known_header::x_request_id)] = given;
  ids.assign(r);
  return r.id;
}

}  // namespace

TEST_CASE("a sane id of the client's is kept", "[request_id]") {
  request_ids ids;
  CHECK(assigned(ids, "a") == "a");
  CHECK(assigned(ids, "0f8fad5b-d9cb-469f-a165-70867728950e") == "0f8fad5b-d9cb-469f-a165-70867728950e");
  CHECK(assigned(ids, std::string(64, 'x')) == std::string(64, 'x'));
}

TEST_CASE("anything else is replaced by sixteen hexadecimal digits", "[request_id]") {
  request_ids ids;
  for (const auto& given : {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\"b"),
                            std::string("a\r\nb"), std::string("\xC3\xA9"), std::string("a\0", 2)}) {
    const auto id = assigned(ids, given);
    CHECK(id.size() == 16);
    CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
}

TEST_CASE("ids of one server differ", "[request_id]") {
  request_ids ids;
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(assigned(ids, ""));
  CHECK(seen.size() == 10'000);
}

}  // namespace linnet::http
