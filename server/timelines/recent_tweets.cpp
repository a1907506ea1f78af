#include "timelines/recent_tweets.hpp"

#include <algorithm>
#include <mutex>

#include "core/prefetch.hpp"

namespace linnet::timelines {

// Where merging stands in one author's chain.
struct recent_tweets::cursor {
  tweet_id id;
  place at;  // 0: at its beginning
  user_id author;
  friend bool operator<(const cursor& a, const cursor& b) { return a.id < b.id; }
  friend bool operator>(const cursor& a, const cursor& b) { return b < a; }
};

namespace {

constexpr std::size_t tweets_a_lock = 1'000;
constexpr std::size_t authors_ahead = 16;  // whose newest tweet is on its way from memory

// So that readers wait for a piece at most.
template <class Take>
void in_pieces(std::span<const recent_tweet> tweets, Take take) {
  for (; !tweets.empty(); tweets = tweets.subspan(std::min(tweets.size(), tweets_a_lock)))
    take(tweets.first(std::min(tweets.size(), tweets_a_lock)));
}

bool author_then_newest(const recent_tweet& a, const recent_tweet& b) {
  return a.author != b.author ? a.author < b.author : a.id > b.id;
}

}  // namespace

recent_tweets::recent_tweets(std::size_t capacity)
    : capacity_(capacity), ring_(std::make_unique_for_overwrite<entry[]>(capacity)) {}

void recent_tweets::add(std::span<const recent_tweet> tweets) {
  std::vector<recent_tweet> sorted(tweets.begin(), tweets.end());
  std::sort(sorted.begin(), sorted.end(), author_then_newest);
  in_pieces(sorted, [this](std::span<const recent_tweet> piece) {
    const std::lock_guard lock(mutex_);
    insert_sorted(piece);
  });
}

bool recent_tweets::extend(std::span<const recent_tweet> tweets) {
  in_pieces(tweets, [this](std::span<const recent_tweet> piece) {
    const std::lock_guard lock(mutex_);
    std::vector<recent_tweet> others;  // most often none: they have come to light before, or older ones have
    for (const auto& t : piece) {
      if (!ends_chain(t)) others.push_back(t);
    }
    std::sort(others.begin(), others.end(), author_then_newest);
    if (!is_full()) insert_sorted(others);
    for (const auto& t : piece) {
      extended_ = extended_ || is_full();
      if (extended_) return;
      if (ends_chain(t)) append(t);
      from_ = t.id;
    }
  });
  const std::shared_lock lock(mutex_);
  return !extended_;
}

void recent_tweets::extend_to_the_beginning() {
  const std::lock_guard lock(mutex_);
  if (!extended_) from_ = 0;
  extended_ = true;
}

void recent_tweets::remove(const recent_tweet& gone) {
  place newer = 0;
  while (!remove_within(gone, newer, max_depth)) {
  }
}

// False when it is not there within so many steps behind `newer`, which then tells where to go on.
bool recent_tweets::remove_within(const recent_tweet& gone, place& newer, std::size_t steps) {
  const std::lock_guard lock(mutex_);
  if (static_cast<std::size_t>(gone.author) >= chains_.size()) return true;
  if (id_at(newer) == 0) newer = 0;  // removed meanwhile
  place found = newer ? at(newer).older : chains_[static_cast<std::size_t>(gone.author)].newest;
  for (; id_at(found) > gone.id; found = at(found).older) {
    if (steps-- == 0) return false;
    newer = found;
  }
  if (id_at(found) == gone.id) unlink(gone.author, found, newer);
  return true;
}

void recent_tweets::unlink(user_id author, place gone, place newer) {
  auto& of_author = chains_[static_cast<std::size_t>(author)];
  const place older = at(gone).older;
  if (newer) {
    at(newer).older = older;
  } else {
    of_author.newest = older;
    newest_[static_cast<std::size_t>(author)] = id_at(older);
  }
  if (of_author.oldest == gone) of_author.oldest = newer;
  at(gone).id = 0;
  removed_at_.store(std::chrono::steady_clock::now(), std::memory_order_release);
}

// Their places stay taken until they are the oldest.
void recent_tweets::remove_author(user_id author) {
  const std::lock_guard lock(mutex_);
  const auto index = static_cast<std::size_t>(author);
  if (index >= chains_.size()) return;
  chains_[index] = {};
  newest_[index] = 0;
  removed_at_.store(std::chrono::steady_clock::now(), std::memory_order_release);
}

std::optional<std::vector<recent_tweet>> recent_tweets::newest(std::span<const user_id> authors,
                                                               tweet_id before, std::size_t limit) const {
  if (limit > max_depth) return std::nullopt;
  const std::shared_lock lock(mutex_);
  auto best = newest_chains(authors, before, limit);
  if (!best) return std::nullopt;
  auto merged = merge(std::move(*best), limit);
  if (merged.size() < limit && from_ > 0) return std::nullopt;
  return merged;
}

// Only an author whose newest tweet is among the `limit` newest of those can have any in the answer.
std::optional<std::vector<recent_tweets::cursor>> recent_tweets::newest_chains(
    std::span<const user_id> authors, tweet_id before, std::size_t limit) const {
  std::vector<cursor> best;
  tweet_id least = first_id();  // what it takes to get into `best`
  std::size_t depth = 0;
  for (std::size_t n = 0; n < authors.size(); ++n) {
    if (n + authors_ahead < authors.size()) prefetch_newest(authors[n + authors_ahead]);
    const auto index = static_cast<std::size_t>(authors[n]);
    if (index >= newest_.size() || newest_[index] < least) continue;
    cursor c{newest_[index], 0, authors[n]};
    if (c.id >= before) c.at = chains_[index].newest;
    while (c.id >= before) {
      if (++depth > max_depth) return std::nullopt;
      c.at = at(c.at).older;
      c.id = id_at(c.at);
    }
    if (c.id < least) continue;
    if (best.size() == limit) {
      std::pop_heap(best.begin(), best.end(), std::greater<>());
      best.pop_back();
    }
    best.push_back(c);
    std::push_heap(best.begin(), best.end(), std::greater<>());
    if (best.size() == limit) least = best.front().id;
  }
  return best;
}

// Each cursor leads to places all over the memory, of which the next ones are always on their way.
std::vector<recent_tweet> recent_tweets::merge(std::vector<cursor> best, std::size_t limit) const {
  for (const auto& c : best) prefetch(&chains_[static_cast<std::size_t>(c.author)], sizeof(chain));
  for (auto& c : best) {
    if (!c.at) c.at = chains_[static_cast<std::size_t>(c.author)].newest;
    prefetch(&at(c.at), bytes_per_tweet);
  }
  for (const auto& c : best) prefetch(&at(at(c.at).older), bytes_per_tweet);
  std::make_heap(best.begin(), best.end());
  std::vector<recent_tweet> merged;
  while (!best.empty() && merged.size() < limit) {
    std::pop_heap(best.begin(), best.end());
    cursor& c = best.back();
    merged.push_back({c.id, c.author});
    c.at = at(c.at).older;
    c.id = id_at(c.at);
    if (c.id >= first_id()) {
      prefetch(&at(at(c.at).older), bytes_per_tweet);
      std::push_heap(best.begin(), best.end());
    } else {
      best.pop_back();
    }
  }
  return merged;
}

void recent_tweets::prefetch_newest(user_id author) const {
  const auto index = static_cast<std::size_t>(author);
  if (index < newest_.size()) prefetch(&newest_[index], sizeof(tweet_id));
}

tweet_id recent_tweets::from() const {
  const std::shared_lock lock(mutex_);
  return from_;
}

std::size_t recent_tweets::size() const {
  const std::shared_lock lock(mutex_);
  return head_ - tail_;
}

void recent_tweets::posted(user_id author, tweet_id id) {
  const std::lock_guard lock(mutex_);
  insert({id, author}, 0, max_depth);
}

void recent_tweets::deleted(user_id author, tweet_id id) {
  place newer = 0;
  remove_within({id, author}, newer, max_depth);
}

void recent_tweets::make_room_for(user_id author) {
  const auto size = static_cast<std::size_t>(author) + 1;
  if (size <= chains_.size()) return;
  chains_.resize(size);
  newest_.resize(size);
}

// Whether it is older than all that is here of its author.
bool recent_tweets::ends_chain(const recent_tweet& t) const {
  const auto author = static_cast<std::size_t>(t.author);
  return author >= chains_.size() || !holds(chains_[author].newest) || id_at(chains_[author].oldest) > t.id;
}

// By author, newest first: one walk down each chain, however many of its tweets are known.
void recent_tweets::insert_sorted(std::span<const recent_tweet> tweets) {
  place newer = 0;
  for (std::size_t n = 0; n < tweets.size(); ++n) {
    if (n > 0 && tweets[n].author != tweets[n - 1].author) newer = 0;
    newer = insert(tweets[n], newer);
  }
}

// Anywhere in the chain after `newer`, a place in it, or from its begin if that is 0 or gone. Returns where
// it is, or 0.
recent_tweets::place recent_tweets::insert(const recent_tweet& t, place newer, std::size_t steps) {
  if (capacity_ == 0 || (extended_ && t.id < from_)) return 0;
  make_room_for(t.author);
  auto& of_author = chains_[static_cast<std::size_t>(t.author)];
  if (id_at(newer) == t.id) return newer;
  if (!holds(newer)) newer = 0;
  place older = newer ? at(newer).older : of_author.newest;
  while (id_at(older) > t.id) {
    if (steps-- == 0) return 0;
    newer = older;
    older = at(older).older;
  }
  if (id_at(older) == t.id) return older;
  if (is_full()) evict();
  if (extended_ && t.id < from_) return 0;  // `newer` itself had to go
  at(head_) = {t.id, older};
  if (newer) {
    at(newer).older = head_;
  } else {
    of_author.newest = head_;
    newest_[static_cast<std::size_t>(t.author)] = t.id;
  }
  if (!holds(older)) of_author.oldest = head_;
  return head_++;
}

// At the end of the chain, and of the ring.
void recent_tweets::append(const recent_tweet& t) {
  make_room_for(t.author);
  auto& of_author = chains_[static_cast<std::size_t>(t.author)];
  const place end = tail_ - 1;
  if (holds(of_author.newest)) {
    at(of_author.oldest).older = end;
  } else {
    of_author.newest = end;
    newest_[static_cast<std::size_t>(t.author)] = t.id;
  }
  of_author.oldest = end;
  at(end) = {t.id, 0};
  tail_ = end;
}

void recent_tweets::evict() {
  extended_ = true;
  if (at(tail_).id != 0) from_ = std::max(from_, at(tail_).id + 1);
  ++tail_;
}

}  // namespace linnet::timelines
