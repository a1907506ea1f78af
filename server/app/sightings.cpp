#include "app/sightings.hpp"

#include <charconv>
#include <limits>

namespace linnet::app {

namespace {

constexpr int base = 36;
constexpr std::int64_t beginning = 1'767'225'600'000;

struct sighting {
  int server = 0;
  std::int64_t until = 0;
};

std::optional<sighting> parse(std::string_view text) {
  constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max() / 1000 - beginning;
  sighting found;
  const char* const end = text.data() + text.size();
  const auto [dot, bad_server] = std::from_chars(text.data(), end, found.server, base);
  if (bad_server != std::errc() || dot == end || *dot != '.') return std::nullopt;
  const auto [rest, bad_time] = std::from_chars(dot + 1, end, found.until, base);
  if (bad_time != std::errc() || rest != end) return std::nullopt;
  if (found.server < 0 || found.until < 0 || found.until > latest) return std::nullopt;
  return found;
}

}  // namespace

// Made anew when the millisecond changes: what was heard tells its begin, the present its end.
std::string_view sightings::up_to(std::chrono::steady_clock::time_point landed) {
  const auto heard = changes_.heard_since(landed);
  const auto time = heard ? heard : changes_.primary_time();
  if (!time) return {};
  const std::int64_t end = *time / 1000 + (heard ? 0 : 1);
  if (end == told_) return text_;
  told_ = end;
  char text[32];
  char* at = std::to_chars(text, text + sizeof text, changes_.node(), base).ptr;
  *at++ = '.';
  text_.assign(text, std::to_chars(at, text + sizeof text, end - beginning, base).ptr);
  return text_;
}

bool sightings::is_behind(std::string_view seen) const {
  const auto told = parse(seen);
  if (!told) return true;
  const int rounded_down = told->server == changes_.node() ? 0 : 1;
  return !changes_.has_heard((told->until + beginning + rounded_down) * 1000);
}

awaitable<void> sightings::catch_up(std::string_view seen) {
  if (!parse(seen))
    throw problem(problem_type::malformed_request, "Linnet-Seen is nothing that a server has told.");
  const bool heard = co_await changes_.hear_all(waits_);
  if (!heard) co_await replicas_.hear_all();
}

}  // namespace linnet::app
