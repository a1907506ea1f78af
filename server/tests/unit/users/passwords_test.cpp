#include "users/passwords.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::users {
namespace {

using testing::refusal;
using testing::test_loop;
using namespace std::chrono_literals;

struct passwords_fixture {
  explicit passwords_fixture(password_options o = {.memory_kib = 8, .iterations = 1}) : options(o) {}

  std::string hash(std::string password) { return loop.run(hasher.hash(loop.waits, std::move(password))); }
  bool verify(std::string password, std::optional<std::string> phc) {
    return loop.run(hasher.verify(loop.waits, std::move(password), std::move(phc)));
  }

  password_options options;
  test_loop loop;
  password_hasher hasher{options};
};

}  // namespace

TEST_CASE("a password is verified against its hash", "[passwords]") {
  passwords_fixture f;
  const auto phc = f.hash("correct horse");
  CHECK(f.verify("correct horse", phc));
  CHECK_FALSE(f.verify("correct hors", phc));
  CHECK_FALSE(f.verify("correct horse ", phc));
  CHECK_FALSE(f.verify("", phc));
  CHECK_FALSE(f.verify("correct horse", "not a hash"));
  CHECK_FALSE(f.verify("correct horse", ""));
}

TEST_CASE("against no hash every password is wrong", "[passwords]") {
  passwords_fixture f;
  CHECK_FALSE(f.verify("correct horse", std::nullopt));
  CHECK_FALSE(f.verify("", std::nullopt));
}

TEST_CASE("an unknown user costs what a wrong password costs", "[passwords]") {
  passwords_fixture f({.memory_kib = 8192, .iterations = 2});
  const auto phc = f.hash("correct horse");
  const auto quickest = [&](const std::optional<std::string>& against) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      f.verify("wrong", against);
      best = std::min(best, std::chrono::steady_clock::now() - begin);
    }
    return std::chrono::duration<double>(best).count();
  };
  const double known = quickest(phc);
  const double unknown = quickest(std::nullopt);
  CHECK(unknown > known / 2);
  CHECK(unknown < known * 2);
}

TEST_CASE("hashes are argon2id at the configured cost, each with its own salt", "[passwords]") {
  passwords_fixture f({.memory_kib = 64, .iterations = 3});
  const auto phc = f.hash("x");
  CHECK(phc.starts_with("$argon2id$v=19$m=64,t=3,p=1$"));
  CHECK(f.hash("x") != phc);
}

TEST_CASE("passwords are bytes, NUL and all", "[passwords]") {
  passwords_fixture f;
  const auto phc = f.hash(std::string("a\0b", 3));
  CHECK(f.verify(std::string("a\0b", 3), phc));
  CHECK_FALSE(f.verify(std::string("a\0c", 3), phc));
  CHECK_FALSE(f.verify("a", phc));
}

TEST_CASE("a flood of checks is refused beyond the queue, and served again after it", "[passwords]") {
  passwords_fixture f({.threads = 1, .queue_limit = 4, .memory_kib = 8192, .iterations = 2});
  const auto phc = f.hash("x");
  f.loop.until([&] { return f.hasher.queued() == 0; });
  std::vector<std::shared_ptr<testing::outcome<bool>>> checks;
  for (int i = 0; i < 4; ++i) {
    checks.push_back(f.loop.start(f.hasher.verify(f.loop.waits, "x", phc)));
    f.loop.loop.poll();
  }
  CHECK(refusal([&] { f.verify("x", phc); }) == problem_type::overloaded);
  CHECK(refusal([&] { f.hash("x"); }) == problem_type::overloaded);
  for (auto& c : checks) f.loop.until([&] { return c->done; });
  for (auto& c : checks) CHECK(c->get());
  f.loop.until([&] { return f.hasher.queued() == 0; });
  CHECK(f.verify("x", phc));
}

}  // namespace linnet::users
