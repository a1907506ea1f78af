// Linnet-Seen: "<server>.<time>" in base 36. The time is an upper bound of the primary's clock, in
// milliseconds since 2026; the server's number is there because nobody has to wait for what the same server
// has shown.
#pragma once

#include "http/middleware/sightings.hpp"
#include "storage/change_feed.hpp"

namespace linnet::app {

// One an event loop.
class sightings : public http::sightings {
 public:
  sightings(storage::change_feed& changes, storage::deadlines& waits) : changes_(changes), waits_(waits) {}

  std::string_view now() override;
  bool is_behind(std::string_view seen) const override;
  awaitable<void> catch_up(std::string_view seen) override;

 private:
  storage::change_feed& changes_;
  storage::deadlines& waits_;
  std::int64_t told_ = 0;  // the time in text_
  std::string text_;
};

}  // namespace linnet::app
