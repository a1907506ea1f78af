#include "app/promises.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include <fmt/format.h>
#include <sys/resource.h>

namespace linnet::app {

namespace {

// Standard streams, what libraries open for a moment, and some to spare.
constexpr std::size_t of_process = 64;
// Its listener, what Asio waits with, and a connection that is accepted to be refused.
constexpr std::size_t of_loop = 8;
// Beside those of readers and writers: the feeds of changes and recent tweets, and two being opened.
constexpr std::size_t of_cluster = 8;

}  // namespace

unsigned event_loops(const config& c) {
  return c.loops ? c.loops : std::max(1U, std::thread::hardware_concurrency());
}

std::size_t connections_of_loop(const config& c, unsigned which) {
  const unsigned loops = event_loops(c);
  return c.max_connections / loops + (which < c.max_connections % loops ? 1 : 0);
}

std::size_t descriptors_needed(const config& c) {
  const std::size_t clusters = 1 + c.replicas.size();
  return c.max_connections + of_process + event_loops(c) * (of_loop + clusters * c.reader.connections) +
         c.writer.threads + clusters * of_cluster + 2 * c.memcached.nodes.size();
}

void see_to_promises(const config& c) {
  if (c.max_connections < event_loops(c)) {
    throw wrong_setting(fmt::format(
        "--max-connections {} leaves one of {} event loops without any: raise it, or lower --loops",
        c.max_connections, event_loops(c)));
  }
  const std::size_t needed = descriptors_needed(c);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return;
  if (limit.rlim_max >= needed) {
    limit.rlim_cur = needed;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0) return;
  }
  throw wrong_setting(
      fmt::format("--max-connections {} needs {} descriptors in all, and the process may have {}: raise that "
                  "(LimitNOFILE in "
                  "systemd, ulimit -n in a shell), or lower --max-connections to {} or less",
                  c.max_connections, needed, limit.rlim_max,
                  limit.rlim_max - std::min<std::size_t>(limit.rlim_max, needed - c.max_connections)));
}

}  // namespace linnet::app
