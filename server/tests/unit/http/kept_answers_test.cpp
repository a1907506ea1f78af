#include "http/kept_answers.hpp"

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

using namespace std::chrono_literals;

request asking(std::string_view target, std::string_view authorization = {}) {
  request r;
  r.method = verb::get;
  r.target = target;
  if (!authorization.empty())
    r.headers[static_cast<std::size_t>(known_header::authorization)] = authorization;
  return r;
}

kept_answer answer_to(const request& r, std::string body, std::shared_ptr<const currency> part,
                      recording::clock::time_point until = recording::clock::now() + 1h) {
  return {std::string(r.target),
          std::string(r.header(known_header::authorization)),
          nullptr,
          std::nullopt,
          json(200, std::move(body)),
          {std::move(part)},
          until,
          {}};
}

}  // namespace

TEST_CASE("an answer is kept for the same question of the same account", "[kept_answers]") {
  kept_answers kept;
  const auto part = std::make_shared<currency>();
  const auto now = recording::clock::now();
  CHECK(kept.find(asking("/a", "Bearer x"), now) == nullptr);
  kept.keep(answer_to(asking("/a", "Bearer x"), "1", part));
  REQUIRE(kept.find(asking("/a", "Bearer x"), now) != nullptr);
  CHECK(kept.find(asking("/a", "Bearer x"), now)->answer.body == "1");
  CHECK(kept.find(asking("/a", "Bearer y"), now) == nullptr);
  CHECK(kept.find(asking("/a"), now) == nullptr);
  CHECK(kept.find(asking("/a?b", "Bearer x"), now) == nullptr);

  kept.keep(answer_to(asking("/a"), "public", part));
  CHECK(kept.find(asking("/a"), now)->answer.body == "public");
  request empty = asking("/a");
  empty.headers[static_cast<std::size_t>(known_header::authorization)] = std::string_view("x", 0);
  CHECK(kept.find(empty, now) == nullptr);
}

TEST_CASE("only reads are answered so", "[kept_answers]") {
  kept_answers kept;
  request r = asking("/a");
  kept.keep(answer_to(r, "1", std::make_shared<currency>()));
  const auto now = recording::clock::now();
  r.method = verb::head;
  CHECK(kept.find(r, now) != nullptr);
  for (const auto method : {verb::post, verb::put, verb::delete_, verb::options}) {
    r.method = method;
    CHECK(kept.find(r, now) == nullptr);
  }
}

TEST_CASE("an answer ends with any of its parts, and with time", "[kept_answers]") {
  kept_answers kept;
  const auto part = std::make_shared<currency>();
  const auto r = asking("/a");
  const auto until = recording::clock::now() + 1s;
  kept.keep(answer_to(r, "1", part, until));
  CHECK(kept.find(r, until - 1ms) != nullptr);
  CHECK(kept.find(r, until) == nullptr);
  CHECK(kept.bytes() == 0);

  kept.keep(answer_to(r, "2", part));
  part->end();
  CHECK(kept.find(r, recording::clock::now()) == nullptr);
  CHECK(kept.bytes() == 0);
}

TEST_CASE("an answer is admitted the second time", "[kept_answers]") {
  kept_answers kept;
  CHECK_FALSE(kept.admits(asking("/a")));
  CHECK_FALSE(kept.admits(asking("/b")));
  CHECK(kept.admits(asking("/a")));
  CHECK(kept.admits(asking("/a")));
}

TEST_CASE("what is kept is bounded, and the oldest goes first", "[kept_answers]") {
  kept_answers kept;
  const auto part = std::make_shared<currency>();
  constexpr int count = 1000;
  const std::string body(kept_answers::max_bytes / count * 2, 'x');
  for (int i = 0; i < count; ++i) {
    kept.keep(answer_to(asking("/" + std::to_string(i)), body, part));
    REQUIRE(kept.bytes() <= kept_answers::max_bytes);
  }
  const auto now = recording::clock::now();
  CHECK(kept.find(asking("/0"), now) == nullptr);
  CHECK(kept.find(asking("/" + std::to_string(count - 1)), now) != nullptr);
  kept.keep(answer_to(asking("/999"), "short", part));
  CHECK(kept.find(asking("/999"), now)->answer.body == "short");
}

}  // namespace linnet::http
