#include "timelines/recent_tweets_feed.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "core/log.hpp"

namespace linnet::timelines {

using storage::array_of;
using storage::statement;
using namespace std::chrono_literals;

namespace {

constexpr int rows_at_once = 50'000;
constexpr std::size_t max_doubted = 10'000;
constexpr int no_node = -1;

// Where ids begin that were made a number of milliseconds ago, by the clock of the database: see
// core/ids.hpp. Ids of the future, from a server whose clock is ahead, wait for their time: else every
// question would find them again.
constexpr statement recent_tweets_since{
    "recent_tweets_since", "bigint, bigint, int, int",
    "SELECT id, user_id FROM tweets WHERE id > greatest($2,"
    "  ((date_part('epoch', now()) * 1000)::bigint - 1767225600000 - $1) << 22)"
    " AND id < ((date_part('epoch', now()) * 1000)::bigint - 1767225600000 + 900000) << 22"
    " AND ((id >> 12) & 1023) <> $3 AND " LINNET_NOT_DELETED("user_id") " ORDER BY id LIMIT $4"};

constexpr statement recent_tweets_before{
    "recent_tweets_before", "bigint, int",
    "SELECT id, user_id FROM tweets WHERE id < $1 AND " LINNET_NOT_DELETED(
        "user_id") " ORDER BY id DESC LIMIT $2"};

constexpr statement recent_tweets_present{
    "recent_tweets_present", "bigint[]",
    "SELECT k.id FROM unnest($1) AS k(id) JOIN tweets t ON t.id = k.id AND " LINNET_NOT_DELETED("t.user_id")};

constexpr statement recent_tweets_authors_deleted{
    "recent_tweets_authors_deleted", "int[]",
    "SELECT d.user_id FROM unnest($1) AS k(id) JOIN deleted_users d ON d.user_id = k.id"};

template <class Number>
Number number_in(const pqxx::field& field) {
  Number value{};
  std::from_chars(field.c_str(), field.c_str() + field.size(), value);
  return value;
}

std::vector<recent_tweet> tweets_in(const pqxx::result& rows) {
  std::vector<recent_tweet> tweets;
  tweets.reserve(rows.size());
  for (const auto& row : rows) tweets.push_back({number_in<tweet_id>(row[0]), number_in<user_id>(row[1])});
  return tweets;
}

// How far the poll of this number reaches back over what others have read. The first finds what was under way
// when the connection was lost.
std::chrono::milliseconds overlap_of(std::uint64_t number) {
  constexpr auto polls_in = [](auto time) {
    return static_cast<std::uint64_t>(time / recent_tweets_feed::poll_interval);
  };
  if (number % polls_in(15min) == polls_in(15min) - 1) return 15min;
  return number % polls_in(5s) == 0 ? 15s : 1s;
}

}  // namespace

recent_tweets_feed::recent_tweets_feed(const storage::connector& c, recent_tweets& tweets, int node)
    : connector_(c), tweets_(tweets), node_(node) {}

recent_tweets_feed::~recent_tweets_feed() {
  stop();
}

void recent_tweets_feed::start() {
  begun_ = clock::now();
  thread_ = std::thread([this] { run(); });
}

void recent_tweets_feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_one();
  if (thread_.joinable()) thread_.join();
}

std::chrono::steady_clock::duration recent_tweets_feed::lag() const {
  return clock::now() - clock::time_point(clock::duration(asked_.load(std::memory_order_acquire)));
}

void recent_tweets_feed::doubt(const std::vector<recent_tweet>& missing) {
  const std::lock_guard lock(mutex_);
  if (doubted_.size() < max_doubted) doubted_.insert(doubted_.end(), missing.begin(), missing.end());
}

void recent_tweets_feed::run() {
  for (bool failing = false; !pause(0s);) {
    try {
      const auto link = connector_.connect();
      failing = false;
      follow(*link);
    } catch (const std::exception& e) {
      if (!failing)
        log_event(log_level::warning, "recent tweets are not followed", {{"error", first_line(e.what())}});
      failing = true;
    }
    if (pause(storage::reconnect_pause)) return;
  }
}

void recent_tweets_feed::follow(pqxx::connection& link) {
  for (std::uint64_t number = 0;; ++number) {
    const auto next = clock::now() + poll_interval;
    // First: a small memory could be full of what a poll finds before it has a beginning.
    while (!filled_ && clock::now() < next) fill(link);
    poll(link, number);
    remove_deleted(link);
    if (pause(next - clock::now())) return;
  }
}

// What this server posted itself is there already, or told of by the feed of changes where its request was
// given up; only the longest look back asks for it.
void recent_tweets_feed::poll(pqxx::connection& link, std::uint64_t number) {
  const auto now = clock::now();
  const auto asked = clock::time_point(clock::duration(asked_.load(std::memory_order_relaxed)));
  const auto overlap = overlap_of(number);
  const auto unread = std::chrono::ceil<std::chrono::milliseconds>(now - std::max(asked, begun_));
  const int passed_over = overlap < 15min ? node_ : no_node;
  tweet_id after = 0;
  for (bool more = true; more;) {
    const auto rows = connector_.run(link, connector_.statement_limit(), recent_tweets_since,
                                     (unread + overlap).count(), after, passed_over, rows_at_once);
    const auto tweets = tweets_in(rows);
    tweets_.add(tweets);
    more = tweets.size() == rows_at_once;
    if (more) after = tweets.back().id;
  }
  asked_.store(now.time_since_epoch().count(), std::memory_order_release);
}

void recent_tweets_feed::fill(pqxx::connection& link) {
  const auto tweets = tweets_in(
      connector_.run(link, connector_.statement_limit(), recent_tweets_before, tweets_.from(), rows_at_once));
  const bool room = tweets_.extend(tweets);
  filled_ = !room || tweets.size() < rows_at_once;
  if (!filled_) return;
  if (room) tweets_.extend_to_the_beginning();
  fill_time_.store(clock::now() - begun_, std::memory_order_relaxed);
  log_event(
      log_level::info, "recent tweets are in memory",
      {{"tweets", std::to_string(tweets_.size())}, {"seconds", fmt::format("{:.1f}", fill_time().count())}});
}

void recent_tweets_feed::remove_deleted(pqxx::connection& link) {
  std::vector<recent_tweet> doubted;
  {
    const std::lock_guard lock(mutex_);
    doubted.swap(doubted_);
  }
  if (doubted.empty()) return;
  std::vector<tweet_id> present;
  for (const auto& row : connector_.run(link, connector_.statement_limit(), recent_tweets_present,
                                        array_of(doubted, [](const recent_tweet& t) { return t.id; })))
    present.push_back(number_in<tweet_id>(row[0]));
  std::sort(present.begin(), present.end());
  std::vector<user_id> authors;
  for (const auto& t : doubted) {
    if (std::binary_search(present.begin(), present.end(), t.id)) continue;
    tweets_.remove(t);
    authors.push_back(t.author);
  }
  if (authors.empty()) return;
  for (const auto& row :
       connector_.run(link, connector_.statement_limit(), recent_tweets_authors_deleted,
                      array_of(authors, [](user_id author) { return std::int64_t{author}; })))
    tweets_.remove_author(number_in<user_id>(row[0]));
}

// True when it is time to stop.
bool recent_tweets_feed::pause(clock::duration length) {
  std::unique_lock lock(mutex_);
  return stopping_.wait_for(lock, length, [this] { return stopped_; });
}

storage::statements recent_tweets_feed::statements() {
  static constexpr std::array all{&recent_tweets_since, &recent_tweets_before, &recent_tweets_present,
                                  &recent_tweets_authors_deleted};
  return all;
}

}  // namespace linnet::timelines
