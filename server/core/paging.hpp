// Lists are read a page at a time, newest first: by number (?page=) or by cursor (?cursor=), which names the
// last item seen and so walks a list stably while it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace linnet {

constexpr int default_page_size = 20;
constexpr int max_page_size = 100;
// Of ?page=: PostgreSQL counts through all items before such a page. A cursor leads further.
constexpr int max_page = 100;
// Of a home timeline, which is merged of as many lists as somebody follows others.
constexpr int max_timeline_page = 10;

// Where an item stands in its list. Both parts are from the item itself: the sort key is its time in
// microseconds, or its id again.
struct position {
  std::int64_t sort_key;
  std::int64_t id;
  friend bool operator==(const position&, const position&) = default;
};

struct page_request {
  int page = 1;  // with a cursor: the number of the page that it leads to
  int per_page = default_page_size;
  std::optional<position> after;  // set if asked by cursor
};

template <class T>
struct page {
  std::vector<T> items;
  bool more = false;  // there are items beyond these
};

// The values are part of every cursor handed out: never reuse or renumber one.
enum class list_kind : std::uint8_t {
  user_tweets = 1,
  favorited_tweets = 2,
  followers = 3,
  followees = 4,
  tweet_favorites = 5,
  user_favorites = 6,
  activity = 7,
  timeline = 8,
  sessions = 9,
};

// Returns an opaque text, safe in URLs, for the page that follows `last`. `owner` is the id that the list
// belongs to. Requires last.sort_key >= 0, last.id >= 1, next_page >= 1.
std::string encode_cursor(list_kind kind, std::int64_t owner, position last, int next_page);

// Returns nullopt unless the text came from encode_cursor, for the same kind and owner, in this version of
// the format. The checksum tells mistakes, not forgery: one who computes it may name any position, within the
// bounds above, of a list that they may read anyway.
std::optional<page_request> decode_cursor(std::string_view cursor, list_kind kind, std::int64_t owner);

}  // namespace linnet
