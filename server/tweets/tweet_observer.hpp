// Told of this server's own writes to tweets, after the commit and before the answer. Any thread; must not
// block or throw.
#pragma once

#include "core/ids.hpp"

namespace linnet::tweets {

class tweet_observer {
 public:
  virtual ~tweet_observer() = default;
  virtual void posted(user_id author, tweet_id) = 0;
  virtual void deleted(user_id author, tweet_id) = 0;
};

}  // namespace linnet::tweets
