#include "timelines/recent_tweets.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

namespace linnet::timelines {
namespace {

constexpr auto latest = std::numeric_limits<tweet_id>::max();

using ids = std::vector<tweet_id>;

std::optional<ids> newest(const recent_tweets& tweets, const std::vector<user_id>& authors, std::size_t limit,
                          tweet_id before = latest) {
  const auto found = tweets.newest(authors, before, limit);
  if (!found) return std::nullopt;
  ids in_order;
  for (const auto& t : *found) in_order.push_back(t.id);
  return in_order;
}

void add(recent_tweets& tweets, const std::vector<recent_tweet>& some) {
  tweets.add(some);
}

bool extend(recent_tweets& tweets, const std::vector<recent_tweet>& some) {
  return tweets.extend(some);
}

// All tweets that there are, as SQL would see them.
struct model {
  std::map<tweet_id, user_id> all;

  ids newest(const std::vector<user_id>& authors, std::size_t limit, tweet_id before) const {
    ids found;
    for (auto t = all.rbegin(); t != all.rend() && found.size() < limit; ++t) {
      if (t->first < before && std::binary_search(authors.begin(), authors.end(), t->second))
        found.push_back(t->first);
    }
    return found;
  }
  std::vector<recent_tweet> before(tweet_id id, std::size_t limit) const {
    std::vector<recent_tweet> found;
    for (auto t = all.lower_bound(id); t != all.begin() && found.size() < limit;) {
      --t;
      found.push_back({t->first, t->second});
    }
    return found;
  }
};

struct random_walk {
  explicit random_walk(unsigned seed) : random(seed) {}

  std::mt19937 random;
  model truth;
  tweet_id now = 1'000'000;

  int below(int n) { return std::uniform_int_distribution(0, n - 1)(random); }
  user_id author() { return 1 + std::min(below(40), below(40)); }
  std::vector<user_id> authors() {
    std::set<user_id> some;
    for (int n = below(30); n >= 0; --n) some.insert(author());
    return {some.begin(), some.end()};
  }
  // Most are the newest; some come late.
  recent_tweet post() {
    now += 1 + below(20);
    tweet_id id = below(10) ? now : now - below(200);
    while (truth.all.contains(id)) ++id;
    const user_id by = author();
    truth.all[id] = by;
    return {id, by};
  }
  recent_tweet any() {
    auto t = truth.all.lower_bound(1'000'000 + below(static_cast<int>(now - 1'000'000) + 1));
    if (t == truth.all.end()) --t;
    return {t->first, t->second};
  }
};

void compare(random_walk& walk, const recent_tweets& tweets, std::size_t& answered) {
  const auto authors = walk.authors();
  const auto limit = static_cast<std::size_t>(1 + walk.below(40));
  const tweet_id before = walk.below(2) ? latest : walk.any().id;
  const auto found = newest(tweets, authors, limit, before);
  if (!found) return;
  ++answered;
  REQUIRE(*found == walk.truth.newest(authors, limit, before));
}

}  // namespace

TEST_CASE("pages are merged from all authors, newest first", "[recent_tweets]") {
  recent_tweets tweets(100);
  tweets.extend_to_the_beginning();
  add(tweets, {{10, 1}, {20, 2}, {30, 1}, {40, 3}, {50, 2}});
  CHECK(newest(tweets, {1, 2}, 3) == ids{50, 30, 20});
  CHECK(newest(tweets, {1, 2}, 10) == ids{50, 30, 20, 10});
  CHECK(newest(tweets, {1, 2}, 2, 30) == ids{20, 10});
  CHECK(newest(tweets, {1, 2, 3}, 1) == ids{50});
  CHECK(newest(tweets, {4, 1'000'000}, 3) == ids{});
  CHECK(newest(tweets, {}, 3) == ids{});
}

TEST_CASE("a tweet is there once, whenever it comes to light", "[recent_tweets]") {
  recent_tweets tweets(100);
  tweets.extend_to_the_beginning();
  add(tweets, {{30, 1}, {10, 1}, {20, 1}, {20, 1}, {30, 1}, {10, 1}});
  CHECK(newest(tweets, {1}, 10) == ids{30, 20, 10});
  CHECK(tweets.size() == 3);
}

TEST_CASE("it is known since when a tweet is missing", "[recent_tweets]") {
  recent_tweets tweets(100);
  tweets.extend_to_the_beginning();
  const auto begin = std::chrono::steady_clock::now();
  add(tweets, {{10, 1}, {20, 1}});
  tweets.remove({30, 1});
  CHECK(tweets.removed_at() < begin);
  tweets.remove({20, 1});
  CHECK(tweets.removed_at() >= begin);
}

TEST_CASE("a removed tweet is gone, wherever it stood", "[recent_tweets]") {
  const tweet_id gone = GENERATE(10, 20, 30, 40);
  recent_tweets tweets(100);
  tweets.extend_to_the_beginning();
  add(tweets, {{10, 1}, {20, 1}, {30, 1}});
  tweets.remove({gone, 1});
  tweets.remove({gone, 1});
  tweets.remove({20, 77});
  ids left{30, 20, 10};
  std::erase(left, gone);
  CHECK(newest(tweets, {1}, 10) == left);
  add(tweets, {{gone, 1}, {50, 1}});
  CHECK(newest(tweets, {1}, 1) == ids{50});
}

TEST_CASE("a removed author has no tweets, and may have new ones", "[recent_tweets]") {
  recent_tweets tweets(10);
  tweets.extend_to_the_beginning();
  add(tweets, {{1, 1}, {2, 2}, {3, 1}});
  tweets.remove_author(1);
  tweets.remove_author(7);  // an author without tweets
  CHECK(newest(tweets, {1, 2}, 10) == ids{2});
  CHECK(tweets.removed_at() > std::chrono::steady_clock::time_point::min());
  add(tweets, {{4, 1}, {3, 1}});
  CHECK(newest(tweets, {1, 2}, 10) == ids{4, 3, 2});
}

TEST_CASE("what lies before the span is left to the database", "[recent_tweets]") {
  recent_tweets tweets(100);
  CHECK(newest(tweets, {1}, 1) == std::nullopt);
  add(tweets, {{50, 1}});
  CHECK(newest(tweets, {1}, 1) == std::nullopt);  // there may be others that are newer
  extend(tweets, {{60, 2}, {50, 1}, {40, 1}});
  CHECK(tweets.from() == 40);
  CHECK(newest(tweets, {1}, 2) == ids{50, 40});
  CHECK(newest(tweets, {1}, 3) == std::nullopt);
  CHECK(newest(tweets, {2}, 2) == std::nullopt);
  CHECK(newest(tweets, {1, 2}, 2, 60) == ids{50, 40});
  CHECK(newest(tweets, {1, 2}, 1, 40) == std::nullopt);
  extend(tweets, {{20, 1}});
  tweets.extend_to_the_beginning();
  CHECK(newest(tweets, {1}, 10) == ids{50, 40, 20});
  CHECK(newest(tweets, {2}, 10) == ids{60});
}

TEST_CASE("new tweets take the place of the oldest", "[recent_tweets]") {
  recent_tweets tweets(4);
  CHECK(extend(tweets, {{50, 1}, {40, 2}}));
  CHECK_FALSE(extend(tweets, {{30, 1}, {20, 2}, {10, 1}}));
  CHECK(tweets.from() == 20);
  tweets.posted(2, 60);
  CHECK(tweets.size() == 4);
  CHECK(tweets.from() == 21);
  CHECK(newest(tweets, {1, 2}, 4) == ids{60, 50, 40, 30});
  CHECK(newest(tweets, {1, 2}, 5) == std::nullopt);
  tweets.posted(2, 20);  // too late: not in the span any more
  CHECK(newest(tweets, {2}, 2) == ids{60, 40});
  tweets.posted(3, 70);
  tweets.posted(3, 80);
  tweets.posted(3, 90);
  CHECK(newest(tweets, {3}, 3) == ids{90, 80, 70});
  CHECK(newest(tweets, {1}, 1) == std::nullopt);
  tweets.extend_to_the_beginning();  // the span was full: nothing changes
  CHECK(newest(tweets, {1}, 1) == std::nullopt);
}

TEST_CASE("what was told of is read as well", "[recent_tweets]") {
  recent_tweets tweets(100);
  add(tweets, {{40, 1}, {50, 2}, {20, 1}});
  CHECK(extend(tweets, {{60, 1}, {50, 2}, {40, 1}}));
  CHECK(tweets.from() == 40);
  CHECK(newest(tweets, {1, 2}, 3) == ids{60, 50, 40});
  CHECK(extend(tweets, {{30, 1}, {20, 1}}));
  CHECK(tweets.from() == 20);
  CHECK(extend(tweets, {}));
  tweets.extend_to_the_beginning();
  add(tweets, {{5, 1}, {20, 1}, {25, 1}, {30, 1}, {60, 1}, {70, 1}, {10, 9}});
  CHECK(newest(tweets, {1, 2, 9}, 20) == ids{70, 60, 50, 40, 30, 25, 20, 10, 5});
  CHECK(tweets.size() == 9);
}

// Found one by one, the known would take minutes.
TEST_CASE("a great many of one author are told of, read, and read once more", "[recent_tweets]") {
  constexpr tweet_id count = 200'000;
  recent_tweets tweets(2 * count);
  std::vector<recent_tweet> all;
  for (tweet_id id = 1; id <= count; ++id) all.push_back({id, 1});
  tweets.add(all);
  tweets.add(all);
  std::reverse(all.begin(), all.end());
  CHECK(tweets.extend(all));
  CHECK(tweets.from() == 1);
  CHECK(tweets.size() == count);
}

TEST_CASE("pages of great depth are left to the database", "[recent_tweets]") {
  recent_tweets tweets(20'000);
  tweets.extend_to_the_beginning();
  for (tweet_id id = 1; id <= 15'000; ++id) tweets.posted(static_cast<user_id>(id % 2), id);
  CHECK(newest(tweets, {0, 1}, recent_tweets::max_depth)->size() == recent_tweets::max_depth);
  CHECK(newest(tweets, {0, 1}, recent_tweets::max_depth + 1) == std::nullopt);
  CHECK(newest(tweets, {0, 1}, 2, 5'001) == ids{5'000, 4'999});
  CHECK(newest(tweets, {0, 1}, 2, 5'000) == std::nullopt);
}

TEST_CASE("no tweets are kept without room", "[recent_tweets]") {
  recent_tweets tweets(0);
  tweets.posted(1, 10);
  tweets.deleted(1, 10);
  CHECK(newest(tweets, {1}, 1) == std::nullopt);
}

TEST_CASE("whatever is answered is what sorting all tweets gives", "[recent_tweets]") {
  const auto seed = GENERATE(range(1u, 21u));
  const std::size_t capacity = seed % 2 ? 10'000 : 300;
  random_walk walk(seed);
  for (int n = 0; n < 500; ++n) walk.post();
  recent_tweets tweets(capacity);
  bool filling = true;
  std::size_t answered = 0;
  for (int step = 0; step < 4000; ++step) {
    if (filling && step % 10 == 0) {
      const auto older = walk.truth.before(tweets.from(), 20);
      filling = tweets.extend(older) && !older.empty();
      if (older.empty()) tweets.extend_to_the_beginning();
    }
    switch (walk.below(4)) {
      case 0: {
        std::vector<recent_tweet> some{walk.post()};
        for (int n = walk.below(walk.below(40) + 1); n > 0; --n)
          some.push_back(walk.below(3) ? walk.any() : walk.post());
        add(tweets, some);
        break;
      }
      case 1: {
        const auto gone = walk.any();
        if (walk.below(4) || walk.truth.all.size() < 100) break;
        walk.truth.all.erase(gone.id);
        tweets.remove(gone);
        break;
      }
      default:
        compare(walk, tweets, answered);
    }
  }
  CHECK(answered > 400);
}

TEST_CASE("readers never see half a change", "[recent_tweets]") {
  recent_tweets tweets(500);
  tweets.extend_to_the_beginning();
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int n = 0; n < 2; ++n) {
    threads.emplace_back([&, n] {
      for (tweet_id id = 1 + n; id < 20'000; id += 2) {
        tweets.posted(static_cast<user_id>(id % 7), id);
        if (id % 5 == 0) tweets.deleted(static_cast<user_id>(id % 7), id);
      }
      done = true;
    });
  }
  std::atomic<std::size_t> disorders{0};
  for (int n = 0; n < 2; ++n) {
    threads.emplace_back([&] {
      while (!done) {
        const auto page = newest(tweets, {0, 1, 2, 3, 4, 5, 6}, 20);
        if (!page) continue;
        const auto repeated = std::adjacent_find(page->begin(), page->end(), std::less_equal<>());
        if (repeated != page->end()) ++disorders;
      }
    });
  }
  for (auto& t : threads) t.join();
  CHECK(disorders == 0);
  CHECK(tweets.size() == 500);
}

}  // namespace linnet::timelines
