#include "app/application.hpp"

#include <csignal>
#include <cstdlib>

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <sched.h>

#include "app/loop.hpp"
#include "app/promises.hpp"
#include "app/statements.hpp"
#include "core/log.hpp"

namespace linnet::app {

namespace {

using json_writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

void put(json_writer& json, std::string_view text) {
  json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// Takes SIGTERM and SIGINT from the moment it exists. They are blocked, not handled: every thread begun after
// this inherits that, so no signal can interrupt one, and a second signal changes nothing.
class termination {
 public:
  termination() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() {
    int signal = 0;
    if (!came_) sigwait(&signals_, &signal);
    came_ = true;
  }
  bool came() {
    constexpr timespec now{0, 0};
    if (!came_) came_ = sigtimedwait(&signals_, nullptr, &now) > 0;
    return came_;
  }

 private:
  sigset_t signals_;
  bool came_ = false;
};

// A thread that wakes up does not take the processor from one that works (docs/decisions/0021). Threads begun
// after this inherit it. Who chose another policy for the process has it.
void let_threads_finish() {
  constexpr sched_param none{};
  if (sched_getscheduler(0) == SCHED_OTHER) sched_setscheduler(0, SCHED_BATCH, &none);
}

// Whatever hangs, the process ends: what was acknowledged is committed, what was not may fail.
void end_at_the_latest_after(std::chrono::milliseconds limit) {
  std::thread([limit] {
    std::this_thread::sleep_for(limit);
    log_event(log_level::error, "drain timed out");
    std::_Exit(1);
  }).detach();
}

}  // namespace

int run(const config& c) {
  std::signal(SIGPIPE, SIG_IGN);
  set_log_level(c.log_level);
  let_threads_finish();
  see_to_promises(c);
  termination terminated;
  // Its 6 MB fit no stack.
  const auto on_heap = std::make_unique<shared>(c, [&] { return terminated.came(); });
  shared& all = *on_heap;
  all.changes.start();
  if (c.recent_tweets_mib > 0) all.recent_tweets_feed.start();
  std::vector<std::unique_ptr<loop>> loops;
  asio::ip::tcp::endpoint at(asio::ip::make_address(c.address), c.port);
  for (unsigned i = 0; i < event_loops(c); ++i) {
    loops.push_back(std::make_unique<loop>(c, all, i == 0));
    at = loops.back()->listen(
        at, connections_of_loop(c, i));  // with port 0 the first takes a free one, the others share it
  }
  std::vector<std::thread> threads;
  for (auto& l : loops) threads.emplace_back([&l] { l->run(); });
  log_event(log_level::info, "serving",
            {{"address", at.address().to_string()},
             {"port", std::to_string(at.port())},
             {"loops", std::to_string(loops.size())}});

  terminated.wait();
  log_event(log_level::info, "draining");
  end_at_the_latest_after(c.drain_timeout);
  all.draining = true;
  for (auto& l : loops) l->drain();
  for (auto& t : threads) t.join();
  all.writer.stop();
  all.changes.stop();
  all.recent_tweets_feed.stop();
  all.cache.stop();
  all.passwords.stop();
  log_event(log_level::info, "stopped");
  return 0;
}

std::string routes_json() {
  config c;
  c.node = 0;
  c.passwords.memory_kib = 8;
  const auto all = std::make_unique<shared>(c, [] { return false; });
  const loop unserved(c, *all, false);
  rapidjson::StringBuffer buffer;
  json_writer json(buffer);
  json.StartArray();
  for (const auto& route : unserved.routes()) {
    json.StartObject();
    put(json, "method");
    put(json, std::string(boost::beast::http::to_string(route->method)));
    put(json, "path");
    put(json, route->pattern);
    put(json, "name");
    put(json, route->name);
    json.EndObject();
  }
  json.EndArray();
  return buffer.GetString();
}

std::string statements_json() {
  rapidjson::StringBuffer buffer;
  json_writer json(buffer);
  json.StartObject();
  for (const auto* s : all_statements()) {
    put(json, s->name);
    json.StartObject();
    put(json, "types");
    json.StartArray();
    for (std::string_view rest = s->types; !rest.empty();) {
      const auto comma = rest.find(',');
      put(json, rest.substr(0, comma));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
    }
    json.EndArray();
    put(json, "sql");
    put(json, s->sql);
    json.EndObject();
  }
  json.EndObject();
  return buffer.GetString();
}

}  // namespace linnet::app
