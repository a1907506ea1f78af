#include "tweets/favorite_window.hpp"

#include <algorithm>
#include <functional>

#include "storage/codec.hpp"
#include "storage/id_array.hpp"

namespace linnet::tweets {

namespace {

constexpr char window_version = 1;

}  // namespace

bool favorite_window::contains(tweet_id id) const {
  return std::binary_search(ids.begin(), ids.end(), id, std::greater<>());
}

favorite_window_ptr make_favorite_window(std::vector<tweet_id> newest) {
  auto window = std::make_shared<favorite_window>();
  window->complete = newest.size() <= favorite_window_size;
  if (!window->complete) newest.resize(favorite_window_size);
  window->ids = std::move(newest);
  return window;
}

std::string encode_favorite_window(const favorite_window& window) {
  storage::encoder out(window_version);
  out.add(std::int64_t{window.complete}).add(storage::bytes_of(window.ids));
  return std::move(out).bytes();
}

favorite_window_ptr decode_favorite_window(std::string_view bytes) {
  storage::decoder in(bytes, window_version);
  auto window = std::make_shared<favorite_window>();
  window->complete = in.number() != 0;
  window->ids = storage::ids_of<tweet_id>(in.text());
  const bool sound = in.complete() && (window->complete || !window->ids.empty());
  return sound ? window : nullptr;
}

}  // namespace linnet::tweets
