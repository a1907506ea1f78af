#include "storage/change_feed.hpp"

#include <algorithm>

#include "core/log.hpp"
#include "core/pause.hpp"

namespace linnet::storage {

namespace {

constexpr auto poll_interval = std::chrono::milliseconds(50);
// Rows are there for longer than anybody goes without an answer, or stands still, and still reads on.
constexpr auto patience = std::chrono::seconds(20);
constexpr auto remembered = std::chrono::seconds(60);
constexpr auto clearing_interval = std::chrono::seconds(5);
// The feed goes on while the replicas that a commit waits for are away. What it writes may be lost with the
// primary: every server begins anew on the next one.
constexpr std::string_view not_for_replicas = "SET synchronous_commit = local";

std::int64_t micros(std::chrono::steady_clock::time_point t) {
  return std::chrono::duration_cast<std::chrono::microseconds>(t.time_since_epoch()).count();
}

// Nullopt for a row that no server wrote: of it nothing can be told but that something changed.
std::optional<changes> keys_of(const pqxx::row& row) {
  try {
    return changes_in(row[2].c_str());
  } catch (const std::invalid_argument& e) {
    log_event(log_level::error, "a change can't be read", {{"error", e.what()}});
    return std::nullopt;
  }
}

}  // namespace

change_feed::change_feed(connector& c, const listeners& told, answered_batches& answered, int node)
    : connector_(c), told_(told), answered_(answered), node_(node) {}

change_feed::~change_feed() {
  stop();
}

void change_feed::start() {
  thread_ = std::thread([this] { run(); });
}

void change_feed::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  let_go(std::move(waiting_), false);
}

awaitable<void> change_feed::take_effect() {
  return linnet::pause(lease);
}

std::optional<std::int64_t> change_feed::primary_time() const {
  const auto offset = clock_offset_.load(std::memory_order_acquire);
  if (offset == 0) return std::nullopt;
  return micros(clock::now()) + offset;
}

awaitable<bool> change_feed::hear_all(deadlines& waits) {
  const bool answers = co_await told_.replicas.primary_answers_soon();
  if (!answers) co_return false;
  auto start = [this](std::shared_ptr<ticket<bool>> left) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(left));
    wake_.notify_one();
  };
  co_return co_await waits.wait<bool>(std::move(start));
}

void change_feed::run() {
  for (bool failing = false; !pause({}, false);) {
    std::unique_ptr<pqxx::connection> link;
    try {
      link = connector_.connect(not_for_replicas);
      failing = false;
      follow(*link);
    } catch (const std::exception& e) {
      if (!failing)
        log_event(log_level::warning, "changes are not followed", {{"error", first_line(e.what())}});
      failing = true;
      if (link && !link->is_open()) connector_.outdate_connections();
      told_.replicas.primary_failed();
    }
    if (!primary_answers()) {
      const std::lock_guard lock(mutex_);
      let_go(std::exchange(waiting_, {}), false);
    }
    if (pause(reconnect_pause, false)) return;
  }
}

void change_feed::follow(pqxx::connection& link) {
  begin_anew(link);
  auto asked = clock::now();
  do {
    const auto before = std::exchange(asked, clock::now());
    if (asked - before > patience) begin_anew(link);
    leave_what_is_not_voided(link);
    hear(link);
    forget_old(link);
  } while (!pause(poll_interval, true));
}

void change_feed::begin_anew(pqxx::connection& link) {
  past_.clear();
  forgotten_ = connector_.run(link, connector_.statement_limit(), long_ago).at(0).at(0).c_str();
  take_up_remains(link);
  forget_remains(link);
  // What came into memory while nobody listened may have changed unheard.
  told_.memory.invalidate_all();
}

// One question, for all who wait for one.
void change_feed::hear(pqxx::connection& link) {
  those_waiting riding;
  {
    const std::lock_guard lock(mutex_);
    riding = std::exchange(waiting_, {});
  }
  try {
    poll(link, clock::now());
  } catch (...) {
    const std::lock_guard lock(mutex_);
    waiting_.insert(waiting_.end(), riding.begin(), riding.end());
    throw;
  }
  let_go(std::move(riding), true);
}

void change_feed::poll(pqxx::connection& link, clock::time_point asked) {
  const auto rows = connector_.run(link, silence_of_a_primary, cache_changes_since, heard_);
  for (const auto& row : rows) {
    if (!row[0].is_null()) take_up(row);
  }
  note_heard(rows.front());
  confirm(asked, rows.front());
}

void change_feed::note_heard(const pqxx::row& said) {
  next_ = said[3].as<transaction_number>();
  heard_ = said[6].c_str();
}

void change_feed::take_up(const pqxx::row& row) {
  const auto by = batch_id::from(row[1].as<int>());
  const bool own = by.node == node_;
  if (own && answered_.take(by.number)) return;
  const auto at = row[5].as<lsn>();
  const auto keys = keys_of(row);
  if (!keys) {
    told_.positions.note_all(at);
    return told_.memory.invalidate_all();
  }
  take_up(*keys, at);
  const bool is_marked = !keys->empty() && keys->front().kind == cache_kind::not_voided;
  if (own || is_marked) told_.cache.invalidate(*keys, at);
}

void change_feed::take_up(const changes& keys, lsn at) const {
  take_up_posts(keys);
  for (const auto& key : keys) {
    if (key.kind == cache_kind::posted || key.kind == cache_kind::not_voided) continue;
    told_.positions.note(key, at);
    told_.memory.invalidate_told(key);
  }
}

void change_feed::take_up_posts(const changes& keys) const {
  posts fresh;
  for (const auto& key : keys) {
    if (key.kind == cache_kind::posted)
      fresh.emplace_back(static_cast<user_id>(key.a), static_cast<tweet_id>(key.b));
  }
  if (!fresh.empty()) told_.posted(fresh);
}

// All that was changed in the last minute, by whomever; what was before that, nobody can name.
void change_feed::take_up_remains(pqxx::connection& link) {
  changes keys;
  const auto rows = connector_.run(link, connector_.statement_limit(), cache_changes_since, forgotten_);
  for (const auto& row : rows) {
    const auto more = row[0].is_null() ? std::nullopt : keys_of(row);
    if (more) keys.insert(keys.end(), more->begin(), more->end());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  note_heard(rows.front());
  const auto at = rows.front()[5].as<lsn>();
  told_.positions.note_all(at);
  take_up_posts(keys);
  told_.cache.invalidate(keys, at);
}

void change_feed::leave_to_others(const changes& keys) {
  const std::lock_guard lock(mutex_);
  for (const auto& key : keys) {
    if (key.is_shared()) not_voided_.push_back(key);
  }
}

void change_feed::leave_what_is_not_voided(pqxx::connection& link) {
  changes keys{cache_key::not_voided()};
  {
    const std::lock_guard lock(mutex_);
    if (not_voided_.empty()) return;
    keys.insert(keys.end(), not_voided_.begin(), not_voided_.end());
    not_voided_.clear();
  }
  try {
    connector_.run(link, connector_.statement_limit(), note_changes, batch_id{node_, 0}.column(),
                   hex_of(keys));
  } catch (...) {
    leave_to_others(keys);  // over the next connection
    throw;
  }
}

void change_feed::forget_old(pqxx::connection& link) {
  const auto now = clock::now();
  if (past_.empty() || now - past_.back().first > clearing_interval) past_.emplace_back(now, heard_);
  if (now - past_.front().first < remembered) return;
  connector_.run(link, connector_.statement_limit(), forget_cache_changes, forgotten_, past_.front().second);
  forgotten_ = std::move(past_.front().second);
  past_.pop_front();
}

// What was left when no server ran for long. It may wait, and must not keep the feed: where a snapshot is
// held, PostgreSQL walks through all that was deleted since.
void change_feed::forget_remains(pqxx::connection& link) const {
  const auto limit_statements = [&](std::chrono::milliseconds limit) {
    connector_.run(link, connector_.statement_limit(), set_statement_timeout, std::to_string(limit.count()));
  };
  limit_statements(std::chrono::milliseconds(200));
  try {
    connector_.run(link, connector_.statement_limit(), forget_cache_changes, before_all, forgotten_);
  } catch (const pqxx::sql_error& e) {
    log_event(log_level::info, "old changes are left", {{"error", first_line(e.what())}});
  }
  limit_statements(connector_.statement_timeout());
}

void change_feed::confirm(clock::time_point asked, const pqxx::row& said) {
  const auto primary_time = said[4].as<std::int64_t>();
  told_.memory.told_until(asked + lease);
  told_.replicas.primary_said(asked, said[5].as<lsn>());
  clock_offset_.store(primary_time - micros(asked), std::memory_order_release);
  heard_until_.store(primary_time, std::memory_order_release);
  asked_.store(asked.time_since_epoch().count(), std::memory_order_release);
}

void change_feed::let_go(those_waiting gone, bool heard) {
  resumptions resumed;
  for (auto& left : gone) {
    if (left->set_value(heard)) resumed.add(left);
  }
}

// `for_questions`: no longer than until somebody waits for one. True when it is time to stop.
bool change_feed::pause(clock::duration length, bool for_questions) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, length, [&] { return stopped_ || (for_questions && !waiting_.empty()); });
  return stopped_;
}

}  // namespace linnet::storage
