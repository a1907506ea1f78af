#include "storage/database_reader.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "core/log.hpp"

namespace linnet::storage {

namespace {

constexpr auto as_tuple_awaitable = asio::as_tuple(use_awaitable);
constexpr auto replica_probe_interval = std::chrono::milliseconds(100);  // of a replica that isn't read from

}  // namespace

database_reader::database_reader(event_loop& loop, deadlines& d, connector& c, const reader_options& options,
                                 reader_metrics& metrics)
    : loop_(loop), deadlines_(d), connector_(c), options_(options), metrics_(metrics) {
  for (std::size_t i = 0; i < options.connections; ++i)
    connections_.push_back(std::make_unique<connection>(loop));
}

void database_reader::read_from(replica& from, database_reader& primary) {
  replica_ = &from;
  primary_ = &primary;
}

void database_reader::start() {
  for (auto& c : connections_) asio::co_spawn(loop_, run(*c), asio::detached);
}

void database_reader::stop() {
  stopped_ = true;
  fail_all(unavailable());
  for (auto& c : connections_) {
    c->wake.cancel();
    if (c->socket.is_open()) c->socket.cancel();
  }
}

bool database_reader::available() const {
  return std::any_of(connections_.begin(), connections_.end(), [](const auto& c) { return !c->failing; });
}

bool database_reader::connected() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& c) { return c->link != nullptr; });
}

void database_reader::sweep(waiter::clock::time_point now) {
  const std::chrono::milliseconds limit = replica_ ? replica_set::silence_limit : deadlines_.timeout();
  for (auto& c : connections_) {
    const auto silence = connector_.is_outdated(c->opened) ? silence_of_a_primary : limit;
    if (c->busy_since && now - *c->busy_since > silence) c->socket.cancel();
  }
}

void database_reader::admit(std::size_t keys) const {
  if (!available()) throw problem(problem_type::unavailable, "The database is away.");
  if (queued_keys_ + keys > options_.queue_limit) fail_overloaded("database");
}

void database_reader::enqueue(const statement& s, std::size_t parameters,
                              std::unique_ptr<pending_read> read) {
  auto& q = queues_[&s];
  q.parameters = parameters;
  queued_keys_ += read->keys();
  q.reads.push_back(std::move(read));
  if (q.has_turn) return;
  pass_turn(s, q);
  wake_one();
}

// To the end of the line, if anything waits there.
void database_reader::pass_turn(const statement& s, queue& q) {
  q.has_turn = !q.reads.empty();
  if (q.has_turn) turns_.push_back(&s);
}

void database_reader::wake_one() {
  for (auto& c : connections_) {
    if (!c->idle) continue;
    c->idle = false;
    c->wake.cancel();
    return;
  }
}

awaitable<void> database_reader::run(connection& c) {
  while (!stopped_) {
    if (c.link && connector_.is_outdated(c.opened)) c.drop(connector_);
    if (!c.link) {
      const bool connected = co_await connect(c);
      if (!connected) continue;
    }
    const statement* next = next_statement();
    if (!next) {
      co_await wait_for_work(c);
      continue;
    }
    queue& from = queues_[next];
    batch taken = take(from);
    if (!taken.empty()) co_await round_trip(c, *next, std::move(taken));
    pass_turn(*next, from);
    // One turn is for this connection, unless it broke; the others may be just as dead without knowing.
    if (turns_.size() > 1 || !c.link) wake_one();
    co_await others_first();
  }
  c.drop(connector_);
}

// A replica is asked how far it is meanwhile, for whoever decides whether to read from it.
awaitable<void> database_reader::wait_for_work(connection& c) {
  static constexpr statement probe{"probe", "", "SELECT WHERE false"};
  c.idle = true;
  if (replica_) {
    c.wake.expires_after(replica_probe_interval);
  } else {
    c.wake.expires_at(waiter::clock::time_point::max());
  }
  const auto [interrupted] = co_await c.wake.async_wait(as_tuple_awaitable);
  const bool woken = !c.idle || interrupted;
  c.idle = false;
  if (woken || stopped_) co_return;
  batch nothing;
  co_await round_trip(c, probe, std::move(nothing));
}

// Those who got their rows answer, and the loop reads what has come in meanwhile: all of it goes along with
// the next round trip.
awaitable<void> database_reader::others_first() {
  co_await asio::post(loop_, use_awaitable);
  co_await asio::post(loop_, use_awaitable);  // the first is ahead of the loop's look at its sockets
}

awaitable<bool> database_reader::connect(connection& c) {
  struct outcome {
    std::unique_ptr<pqxx::connection> link;
    std::string error;
    std::atomic<bool> done{false};
  };
  auto result = std::make_shared<outcome>();
  connector_.post([result, &from = connector_] {
    try {
      result->link = from.connect();
    } catch (const std::exception& e) {
      result->error = e.what();
    }
    result->done.store(true, std::memory_order_release);
  });
  // Polled rather than posted back: the loop may be gone by the time a hung server answers.
  while (!result->done.load(std::memory_order_acquire) && !stopped_) {
    c.wake.expires_after(std::chrono::milliseconds(5));
    co_await c.wake.async_wait(as_tuple_awaitable);
  }
  if (stopped_) co_return false;
  if (result->link) {
    c.open(std::move(result->link));
    co_return true;
  }
  if (!c.failing)
    log_event(log_level::warning, "database connection failed", {{"error", first_line(result->error)}});
  c.failing = true;
  if (!available()) fail_all(unavailable());
  c.wake.expires_after(reconnect_pause);
  co_await c.wake.async_wait(as_tuple_awaitable);
  co_return false;
}

void database_reader::fail_all(const std::exception_ptr& why) {
  resumptions resumed;
  for (auto& [s, q] : queues_) {
    for (auto& read : q.reads) {
      if (replica_ && !stopped_) {
        hand_over(*s, std::move(read));
      } else {
        read->fail(why, resumed);
      }
    }
    q.reads.clear();
  }
  queued_keys_ = 0;
}

const statement* database_reader::next_statement() {
  if (turns_.empty()) return nullptr;
  const statement* next = turns_.front();
  turns_.pop_front();
  return next;
}

database_reader::batch database_reader::take(queue& q) {
  batch taken;
  std::size_t keys = 0;
  std::size_t weight = 0;
  const auto has_room = [&](const pending_read& next) {
    return keys + next.keys() <= options_.batch_cap && weight + next.weight() <= options_.batch_cap;
  };
  while (!q.reads.empty() && (keys == 0 || has_room(*q.reads.front()))) {
    auto read = std::move(q.reads.front());
    q.reads.pop_front();
    queued_keys_ -= read->keys();
    if (read->abandoned()) continue;
    keys += read->keys();
    weight += read->weight();
    taken.push_back(std::move(read));
  }
  return taken;
}

}  // namespace linnet::storage
