#include "users/passwords.hpp"

#include <algorithm>
#include <ctime>
#include <limits>

#include <catch2/catch.hpp>

#include "tests/unit/support/refusal.hpp"
#include "tests/unit/support/test_loop.hpp"

namespace linnet::users {
namespace {

using testing::refusal;
using testing::test_loop;
using namespace std::chrono_literals;

const auto somebody = asio::ip::make_address("192.0.2.1");

struct passwords_fixture {
  explicit passwords_fixture(password_options o = {.memory_kib = 8, .iterations = 1}) : options(o) {}

  std::string hash(std::string password) {
    return loop.run(hasher.hash(loop.waits, somebody, std::move(password)));
  }
  bool verify(std::string password, std::optional<std::string> phc) {
    return loop.run(hasher.verify(loop.waits, somebody, std::move(password), std::move(phc)));
  }

  password_options options;
  test_loop loop{60s};  // however slow the machine is
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

TEST_CASE("a password is the same however its letters and spaces are typed", "[passwords]") {
  passwords_fixture f;
  const std::string composed = "caf\xC3\xA9 noir", apart = "cafe\xCC\x81 noir",
                    spaced = "caf\xC3\xA9\xC2\xA0noir";
  const auto phc = f.hash(composed);
  CHECK(f.verify(composed, phc));
  CHECK(f.verify(apart, phc));
  CHECK(f.verify(spaced, phc));
  CHECK_FALSE(f.verify("cafe noir", phc));
  CHECK_FALSE(f.verify("Caf\xC3\xA9 noir", phc));
}

TEST_CASE("a hash of what was typed, as they were made before, stays valid for that", "[passwords]") {
  passwords_fixture f;
  const std::string apart = "cafe\xCC\x81\xE3\x80\x80noir";
  const auto before = f.hash(apart);  // hash() takes what it gets
  CHECK(f.verify(apart, before));
  CHECK_FALSE(f.verify("cafe\xCC\x81 noir", before));
  CHECK_FALSE(f.verify("caf\xC3\xA9 noir", before));
  CHECK_FALSE(f.verify(apart, std::nullopt));
}

TEST_CASE("against no hash every password is wrong", "[passwords]") {
  passwords_fixture f;
  CHECK_FALSE(f.verify("correct horse", std::nullopt));
  CHECK_FALSE(f.verify("", std::nullopt));
}

TEST_CASE("an unknown user costs what a wrong password costs", "[passwords]") {
  passwords_fixture f({.memory_kib = 8192, .iterations = 2});
  const auto phc = f.hash("correct horse");
  const auto wrong = GENERATE("wrong", "wro\xCC\x83ng");  // the second is looked at in two forms
  // Processor time: on a busy machine the clock tells little.
  const auto least = [&](const std::optional<std::string>& against) {
    auto best = std::numeric_limits<std::clock_t>::max();
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::clock();
      f.verify(wrong, against);
      best = std::min(best, std::clock() - begin);
    }
    return static_cast<double>(best);
  };
  const double known = least(phc);
  const double unknown = least(std::nullopt);
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
  passwords_fixture f({.threads = 1, .queue_limit = 8, .memory_kib = 8192, .iterations = 2});
  const auto phc = f.hash("x");
  f.loop.until([&] { return f.hasher.queued() == 0; });
  std::vector<std::shared_ptr<testing::outcome<bool>>> checks;
  for (int i = 0; i < 30; ++i) {
    checks.push_back(f.loop.start(f.hasher.verify(f.loop.waits, somebody, "x", phc)));
    f.loop.loop.poll();
  }
  int refused = 0;
  for (auto& c : checks) {
    f.loop.until([&] { return c->done; });
    if (!c->error) {
      CHECK(c->get());
    } else {
      CHECK(refusal([&] { c->get(); }) == problem_type::overloaded);
      ++refused;
    }
  }
  CHECK(refused > 0);
  f.loop.until([&] { return f.hasher.queued() == 0; });
  CHECK(f.verify("x", phc));
}

// The order is the queue's, however slow the machine is: what runs when the other comes, and one more.
TEST_CASE("a flood from one address makes others wait for one turn", "[passwords]") {
  passwords_fixture f({.threads = 1, .queue_limit = 32, .memory_kib = 8192, .iterations = 2});
  const auto phc = f.hash("x");
  const auto other = GENERATE(as<std::string>{}, "192.0.2.2", "2001:db8:0:1::1");
  std::vector<std::shared_ptr<testing::outcome<bool>>> flood;
  for (int i = 0; i < 16; ++i) {
    const auto from = asio::ip::make_address(
        other.find(':') == std::string::npos ? "192.0.2.1" : "2001:db8:0:2::" + std::to_string(i));
    flood.push_back(f.loop.start(f.hasher.verify(f.loop.waits, from, "x", phc)));
  }
  const auto answered = [&] {
    return std::count_if(flood.begin(), flood.end(), [](auto& c) { return c->done; });
  };
  f.loop.until([&] { return answered() > 0; });
  const auto honest = f.loop.start(f.hasher.verify(f.loop.waits, asio::ip::make_address(other), "x", phc));
  f.loop.loop.poll();  // its place is taken
  const auto before = answered();
  f.loop.until([&] { return honest->done; });
  CHECK(honest->get());
  CHECK(answered() <= before + 3);
  f.loop.until([&] { return answered() == 16; });
}

}  // namespace linnet::users
