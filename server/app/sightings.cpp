#include "app/sightings.hpp"

#include <charconv>

namespace linnet::app {

namespace {

constexpr int base = 36;  // fifteen characters or less: no allocation
constexpr std::int64_t beginning = 1'767'225'600'000'000;

struct sighting {
  int server = 0;
  std::int64_t until = 0;
};

sighting parse(std::string_view text) {
  sighting found;
  const char* const end = text.data() + text.size();
  const auto [dot, bad_server] = std::from_chars(text.data(), end, found.server, base);
  const bool split = bad_server == std::errc() && dot != end && *dot == '.';
  const auto [rest, bad_time] = std::from_chars(split ? dot + 1 : end, end, found.until, base);
  if (bad_time != std::errc() || rest != end || found.server < 0 || found.until < 0)
    throw problem(problem_type::malformed_request, "Linnet-Seen is nothing that a server has told.");
  return found;
}

}  // namespace

std::string sightings::now() const {
  const auto time = changes_.primary_time();
  if (!time) return {};
  char text[32];
  char* at = std::to_chars(text, text + sizeof text, changes_.node(), base).ptr;
  *at++ = '.';
  return {text, std::to_chars(at, text + sizeof text, *time - beginning, base).ptr};
}

bool sightings::is_behind(std::string_view seen) const {
  const auto [server, until] = parse(seen);
  return server != changes_.node() && !changes_.has_heard(until + beginning);
}

awaitable<void> sightings::catch_up(std::string_view) {
  return changes_.hear_all(waits_);
}

}  // namespace linnet::app
