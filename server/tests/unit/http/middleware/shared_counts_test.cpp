#include "http/middleware/shared_counts.hpp"

#include <cstring>
#include <deque>
#include <random>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

namespace linnet::http {
namespace {

constexpr std::int64_t second = 6'000'000;
const auto ada = quota_subject::of_account('w', 1);

// What the servers share, with exchanges that a test holds back, loses or refuses.
struct board {
  std::map<std::string, std::string> logs;
  std::deque<std::function<void()>> under_way;
  std::size_t exchanges = 0;
  bool away = false;
  bool held = false;
  bool failing = false;

  shared_counts::exchange link() {
    return [this](std::string key, std::string record, std::chrono::seconds, shared_counts::heard heard) {
      if (away) return false;
      ++exchanges;
      under_way.push_back([this, key = std::move(key), record = std::move(record), heard] {
        if (failing) return heard(std::nullopt);
        heard(logs[key] += record);
      });
      if (!held) deliver();
      return true;
    };
  }
  void deliver(std::size_t most = 1000) {
    for (; most > 0 && !under_way.empty(); --most) {
      const auto next = std::move(under_way.front());
      under_way.pop_front();
      next();
    }
  }
};

struct shared_counts_fixture {
  explicit shared_counts_fixture(std::size_t n = 2) {
    for (std::size_t i = 0; i < n; ++i)
      servers.push_back(std::make_unique<shared_counts>(metrics, between.link()));
  }
  bool admits(std::size_t server, int limit, std::int64_t at = second) {
    return servers[server]->count(ada, limit, at).admitted;
  }
  // How many of `requests` a server admits.
  int admitted(std::size_t server, int limit, int requests) {
    int n = 0;
    for (int i = 0; i < requests; ++i) n += admits(server, limit);
    return n;
  }

  board between;
  quota_metrics metrics;
  std::vector<std::unique_ptr<shared_counts>> servers;
};

// Servers chosen by chance admit what they admit; exchanges land in a random order of `delay` requests.
struct flood_outcome {
  int admitted = 0;
  int in_one_exchange = 0;  // what one server admitted while one of its exchanges was under way, at most
};
flood_outcome flood(std::size_t n, int limit, unsigned delay, unsigned seed) {
  shared_counts_fixture f(n);
  f.between.held = delay > 0;
  std::mt19937 random(seed);
  flood_outcome total;
  std::vector<int> since(n);
  for (int i = 0; i < limit * static_cast<int>(n) * 2; ++i) {
    const std::size_t server = random() % n;
    const bool admitted = f.admits(server, limit);
    total.admitted += admitted;
    since[server] += admitted;
    total.in_one_exchange = std::max(total.in_one_exchange, since[server]);
    if (delay > 0 && random() % delay == 0) {
      f.between.deliver();
      std::fill(since.begin(), since.end(), 0);
    }
  }
  return total;
}

}  // namespace

TEST_CASE("a server alone admits its limit, each minute anew", "[quota]") {
  quota_metrics metrics;
  shared_counts alone(metrics);
  for (const std::int64_t at : {second, second + 59, second + 60}) {
    int admitted = 0;
    for (int i = 0; i < 10; ++i) admitted += alone.count(ada, 5, at).admitted;
    CHECK(admitted == (at == second + 59 ? 0 : 5));
  }
  CHECK(alone.count(quota_subject::of_account('w', 2), 5, second + 60).remaining == 4);
  CHECK(metrics.failed.value() == 0);
}

TEST_CASE("what one server admitted the other refuses, from its second request on", "[quota]") {
  shared_counts_fixture f;
  CHECK(f.admitted(0, 5, 10) == 5);
  CHECK(f.admitted(1, 5, 10) == 1);
  CHECK(f.servers[1]->count(ada, 5, second).remaining == 0);
  CHECK(f.admitted(1, 5, 10) == 0);
  CHECK(f.metrics.shared.value() == 6);
}

TEST_CASE("who stays below a 17th of the limit is not told of", "[quota]") {
  shared_counts_fixture f;
  f.admitted(0, 600, 34);
  CHECK(f.between.exchanges == 0);
  f.admitted(0, 600, 1);
  CHECK(f.between.exchanges == 1);
  f.admitted(1, 600, 34);
  CHECK(f.between.exchanges == 1);
}

TEST_CASE("a spent quota takes few exchanges, and is told of to the last request", "[quota]") {
  shared_counts_fixture f;
  CHECK(f.admitted(0, 600, 1000) == 600);
  CHECK(f.between.exchanges == 84);
  const auto late = std::make_unique<shared_counts>(f.metrics, f.between.link());
  int admitted = 0;
  for (int i = 0; i < 600; ++i) admitted += late->count(ada, 600, second).admitted;
  CHECK(admitted == 35);
}

TEST_CASE("servers together keep to the bound", "[quota]") {
  for (const std::size_t n : {1U, 2U, 4U, 9U}) {
    for (const int limit : {1, 5, 30, 100, 600}) {
      for (unsigned seed = 0; seed < 5; ++seed) {
        const int share = std::max(1, limit / 16);
        const int servers = static_cast<int>(n);
        CHECK(flood(n, limit, 0, seed).admitted < limit + servers * share);
        const auto late = flood(n, limit, 7, seed);
        CHECK(late.admitted < limit + servers * (share + 2 * late.in_one_exchange));
        CHECK(late.admitted >= limit);
      }
    }
  }
}

TEST_CASE("one exchange of a subject is under way at a time, and the next has all that came meanwhile",
          "[quota]") {
  shared_counts_fixture f;
  f.between.held = true;
  CHECK(f.admitted(0, 10, 4) == 4);
  CHECK(f.between.exchanges == 1);
  f.between.deliver(1);
  CHECK(f.between.exchanges == 2);
  f.between.deliver();
  CHECK(f.between.exchanges == 2);
  CHECK(f.admitted(1, 10, 1) == 1);
  f.between.deliver();
  CHECK(f.admitted(1, 10, 10) == 5);
}

TEST_CASE("while nothing can be exchanged each server holds its own limit, and shares it afterwards",
          "[quota]") {
  shared_counts_fixture f;
  SECTION("refused") {
    f.between.away = true;
  }
  SECTION("lost") {
    f.between.failing = true;
  }
  CHECK(f.admitted(0, 5, 3) == 3);
  CHECK(f.admitted(1, 5, 10) == 5);
  CHECK(f.metrics.shared.value() == 0);
  CHECK(f.metrics.failed.value() == 8);
  f.between.away = f.between.failing = false;
  const auto fresh = quota_subject::of_account('w', 2);
  for (int i = 0; i < 5; ++i) CHECK(f.servers[1]->count(fresh, 5, second).admitted);
  CHECK(f.servers[0]->count(fresh, 5, second).admitted);
  CHECK_FALSE(f.servers[0]->count(fresh, 5, second).admitted);
  CHECK(f.admitted(0, 5, 10) == 2);  // the other has nothing new to tell
}

TEST_CASE("what is lost is told again and counted once", "[quota]") {
  shared_counts_fixture f;
  CHECK(f.admitted(0, 20, 6) == 6);
  CHECK(f.admitted(1, 20, 6) == 6);
  f.between.logs.clear();
  CHECK(f.admitted(0, 20, 1) == 1);
  CHECK(f.admitted(1, 20, 1) == 1);
  auto& log = f.between.logs.begin()->second;
  log += log;  // late records, again
  const int left = f.admitted(0, 20, 20) + f.admitted(1, 20, 20);
  CHECK(left >= 6);
  CHECK(left <= 7);
}

TEST_CASE("an answer that comes in the next window is none of its", "[quota]") {
  shared_counts_fixture f;
  f.between.held = true;
  f.admitted(0, 5, 5);
  CHECK(f.admits(0, 5, second + 60));
  f.between.deliver();
  CHECK(f.admits(1, 5, second + 60));
  f.between.deliver();
  CHECK(f.servers[1]->count(ada, 5, second + 60).remaining == 2);
}

TEST_CASE("records that make no sense lock nobody out for what is whole in them", "[quota]") {
  shared_counts_fixture f(1);
  f.admits(0, 5);
  f.between.logs.begin()->second += "abc";
  CHECK(f.admitted(0, 5, 10) >= 1);
}

TEST_CASE("subjects are told apart, and keys are plain", "[quota]") {
  const auto v4 = boost::asio::ip::make_address("192.0.2.1");
  const auto v6 = boost::asio::ip::make_address("2001:db8::1%x\t y");
  const std::vector<quota_subject> different{
      quota_subject::of_account('w', 1),
      quota_subject::of_account('l', 1),
      quota_subject::of_account('w', -1),
      quota_subject::of_address('l', v4),
      quota_subject::of_address('r', v4),
      quota_subject::of_address('l', v6),
      quota_subject::of_address('l', boost::asio::ip::make_address("192.0.2.2")),
      quota_subject::of_address('l', boost::asio::ip::make_address("2001:db8:0:1::1")),
      quota_subject::of_name('n', "a"),
      quota_subject::of_name('n', "fifteen_letters"),
      quota_subject::of_name_and_address('n', "a", v4),
  };
  std::set<std::string> texts;
  for (const auto& s : different) {
    texts.insert(s.text());
    CHECK(s.text().size() == 32);
    CHECK(s.text().find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  CHECK(texts.size() == different.size());
}

TEST_CASE("all addresses of one IPv6 network count as one, and mapped IPv4 as itself", "[quota]") {
  const auto of = [](const char* a) {
    return quota_subject::of_address('l', boost::asio::ip::make_address(a));
  };
  CHECK(of("2001:db8::1") == of("2001:db8::ffff:1:2:3"));
  CHECK_FALSE(of("2001:db8::1") == of("2001:db8:0:1::1"));
  CHECK(of("::ffff:192.0.2.1") == of("192.0.2.1"));
}

TEST_CASE("threads share a quota exactly", "[quota]") {
  std::atomic<int> admitted{0};
  quota_metrics metrics;
  shared_counts counts(
      metrics, [&](std::string, std::string record, std::chrono::seconds, shared_counts::heard heard) {
        heard(record);
        return true;
      });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 250; ++i) admitted += counts.count(ada, 500, second).admitted;
    });
  }
  for (auto& t : threads) t.join();
  CHECK(admitted == 500);
}

TEST_CASE("a request that counts as several may go beyond the limit, and others hear of all of it",
          "[shared_counts]") {
  shared_counts_fixture f;
  const auto look = [&](std::size_t server, std::int64_t at = second) {
    return f.servers[server]->look(ada, 100, at).remaining;
  };
  CHECK(look(0) == 100);
  CHECK(f.servers[0]->count(ada, 100, second, 60).remaining == 40);
  CHECK(f.servers[0]->count(ada, 100, second, 60).remaining == 0);
  CHECK_FALSE(f.servers[0]->count(ada, 100, second, 60).admitted);
  CHECK_FALSE(f.servers[0]->look(ada, 100, second).admitted);
  CHECK(f.servers[0]->look(ada, 200, second).remaining == 80);
  CHECK(f.servers[1]->count(ada, 100, second, 7).admitted);  // enough to tell of, and so to hear
  CHECK_FALSE(f.servers[1]->look(ada, 100, second).admitted);
  CHECK(look(1, second + shared_counts::window_seconds) == 100);
  CHECK(f.servers[1]->look(quota_subject::of_account('w', 2), 100, second).admitted);
}

}  // namespace linnet::http
