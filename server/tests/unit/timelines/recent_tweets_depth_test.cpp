// What a busy author's tweets may cost an event loop.
#include <catch2/catch.hpp>

#include "timelines/recent_tweets.hpp"

namespace linnet::timelines {
namespace {

constexpr user_id busy = 7;
constexpr tweet_id tweets_of_busy = 3 * static_cast<tweet_id>(recent_tweets::max_depth);

struct busy_author {
  busy_author() {
    std::vector<recent_tweet> all;
    for (tweet_id id = tweets_of_busy; id > 0; --id) all.push_back({id, busy});
    tweets.add(all);
    tweets.extend_to_the_beginning();
  }
  // Whether the tweet is the newest before the one after it.
  bool holds(tweet_id id) const {
    const user_id authors[] = {busy};
    const auto found = tweets.newest(authors, tweets_of_busy + 1, recent_tweets::max_depth);
    REQUIRE(found);
    const tweet_id newest = tweets_of_busy - id;
    return (*found)[static_cast<std::size_t>(newest)].id == id;
  }
  recent_tweets tweets{static_cast<std::size_t>(tweets_of_busy)};
};

}  // namespace

TEST_CASE("a deletion on an event loop walks down an author's tweets for so long", "[recent_tweets]") {
  busy_author author;
  const auto before = author.tweets.removed_at();
  author.tweets.deleted(busy, 1);
  CHECK(author.tweets.removed_at() == before);
  author.tweets.deleted(busy, tweets_of_busy - 5);
  CHECK(author.tweets.removed_at() > before);
  CHECK_FALSE(author.holds(tweets_of_busy - 5));
}

TEST_CASE("the feed removes a tweet however many newer ones its author has", "[recent_tweets]") {
  busy_author author;
  const auto before = author.tweets.removed_at();
  author.tweets.remove({1, busy});
  CHECK(author.tweets.removed_at() > before);
  author.tweets.remove({2, busy});
  author.tweets.remove({3, busy + 1});  // of somebody else: nothing
  CHECK(author.holds(tweets_of_busy - 9));
}

TEST_CASE("an old tweet that is posted once more costs no walk through all of them", "[recent_tweets]") {
  busy_author author;
  const auto size = author.tweets.size();
  author.tweets.posted(busy, 1);
  author.tweets.posted(busy, tweets_of_busy);
  CHECK(author.tweets.size() == size);
}

}  // namespace linnet::timelines
