#include "storage/replica_changes.hpp"

#include "core/pause.hpp"

namespace linnet::storage {

namespace {

constexpr auto replay_limit = std::chrono::seconds(1);
constexpr auto replay_pause = std::chrono::milliseconds(5);

}  // namespace

// A row of replica_cache_changes: what one transaction changed, or nothing.
struct replica_changes::told {
  std::uint64_t transaction = 0;  // 0: nothing
  batch_id by;
  changes keys;
  lsn replayed = 0;
  lsn received = 0;
};

const read_statement<std::uint64_t, replica_changes::told> replica_changes::question{
    replica_cache_changes, 1,
    [](const std::uint64_t& since, std::vector<array_text>& p) {
      p[0].add(static_cast<std::int64_t>(since));
    },
    [](const pqxx::row& row) {
      told t;
      t.replayed = row[4].as<lsn>();
      t.received = row[5].as<lsn>();
      if (row[1].is_null()) return t;
      t.transaction = row[1].as<std::uint64_t>();
      t.by = batch_id::from(row[2].as<int>());
      t.keys = changes_in(row[3].c_str());
      return t;
    }};

replica_changes::replica_changes(const database_reads& reads, const replica_set& replicas, change_feed& feed)
    : reads_(reads), replicas_(replicas), changes_(feed) {}

awaitable<void> replica_changes::hear_all() {
  for (std::size_t i = 0; i < replicas_.all().size(); ++i) {
    if (!replicas_.is_usable(i)) continue;
    try {
      co_await hear(i);
    } catch (const problem&) {
      // It went away as well: what it knew alone can't be heard now.
    }
  }
}

awaitable<void> replica_changes::hear(std::size_t replica) {
  const auto give_up = waiter::clock::now() + replay_limit;
  std::optional<lsn> received;
  for (;;) {
    const auto next = changes_.next_transaction();
    const auto rows = co_await reads_.fetch_from_replica(replica, question, next);
    if (std::exchange(since_, next) != next) heard_.clear();
    for (const auto& t : rows) take_up(t);
    if (!received) received = rows.front().received;
    if (rows.front().replayed >= *received || waiter::clock::now() > give_up) co_return;
    co_await pause(replay_pause);
  }
}

void replica_changes::take_up(const told& t) {
  if (t.transaction == 0 || !heard_.insert(t.transaction).second) return;
  // Of its own a server knows those that it answered, and nobody was told that the others succeeded.
  if (t.by.node != changes_.node()) changes_.take_up(t.keys, t.replayed);
}

}  // namespace linnet::storage
