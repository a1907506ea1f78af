// What the replicas know of the others' changes, asked while the primary is away. With synchronous
// replication each acknowledged change is on at least one of them, so those who all answer know it together;
// without, what the primary had not sent yet is not to be had anywhere.
#pragma once

#include <set>

#include "storage/change_feed.hpp"
#include "storage/database_reads.hpp"

namespace linnet::storage {

// One an event loop; not thread-safe.
class replica_changes {
 public:
  replica_changes(const database_reads&, const replica_set&, change_feed&);

  // Returns when this server has heard what the usable replicas had received before the call. One that fails,
  // or is not done replaying after a second, is left out.
  awaitable<void> hear_all();

 private:
  struct told;
  static const read_statement<std::uint64_t, told> question;

  awaitable<void> hear(std::size_t replica);
  void take_up(const told&);

  const database_reads& reads_;
  const replica_set& replicas_;
  change_feed& changes_;
  std::uint64_t since_ = 0;        // the oldest transaction that was asked for
  std::set<std::uint64_t> heard_;  // of those from since_ on
};

}  // namespace linnet::storage
