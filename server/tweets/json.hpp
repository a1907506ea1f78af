// Tweets on the wire.
#pragma once

#include "tweets/service.hpp"

namespace linnet::tweets {

// Appends a Tweet by the author whose profile::reference() is given. `extra` are further members, each
// beginning with a comma.
void append_tweet(std::string& out, const tweet&, std::string_view author, std::optional<bool> favorited,
                  std::string_view extra = {});

inline void append_tweet(std::string& out, const shown_tweet& t, std::string_view extra = {}) {
  append_tweet(out, *t.tweet, t.author->reference(), t.favorited, extra);
}

}  // namespace linnet::tweets
