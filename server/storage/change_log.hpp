// The outbox of cache invalidations (table cache_changes): what a transaction changed, as a row of its own.
// In a row that begins with cache_key::not_voided() is what a server could not void in memcached.
#pragma once

#include <array>
#include <mutex>
#include <string>
#include <string_view>

#include "storage/invalidation.hpp"
#include "storage/statement.hpp"

namespace linnet::storage {

// The keys as bytes: for each its kind and its two numbers, which take as many bytes as they need.
std::string encode_changes(const changes&);
// Throws std::invalid_argument for bytes that encode_changes did not make.
changes decode_changes(std::string_view);
// The same in hexadecimal, as the column is written and read.
std::string hex_of(const changes&);
changes changes_in(std::string_view hex);

// Who wrote a row: a server, by its part of ids, and which of its batches it was.
struct batch_id {
  int node = 0;
  int number = 0;  // counts up and begins again at max_number

  static constexpr int max_number = 1 << 20;
  static batch_id from(int column) { return {column & 1023, column >> 10}; }
  int column() const { return number << 10 | node; }
};

// Batches of this server that are known to be committed: who waited for them sees to what they changed.
// Of the last 65,536 of them: a row that was looked at before its batch was added leaves its number behind.
class answered_batches {
 public:
  // Any thread.
  void add(int number);
  // Whether it was added; forgets it.
  bool take(int number);

 private:
  std::mutex mutex_;
  std::array<int, 1 << 16> numbers_{};  // each, and one, in its place; 0: none
};

// batch_id, keys in hexadecimal
extern const statement note_changes;
// A snapshot (PostgreSQL's pg_snapshot, as text) says which transactions had ended when it was taken. Between
// two snapshots these transactions become visible: those that were open in the first one, and those that
// began after it. Both are found by number, however long other transactions stay open.
constexpr const char* before_all = "1:1:";  // the snapshot in which nothing is visible
// The snapshot of a million transactions ago, in which none of the rows that are kept is visible (servers
// make less than 15,000 in a second). Deleted rows before it may still be in the index, for hours where a
// snapshot is held.
extern const statement long_ago;
extern const statement set_statement_timeout;  // milliseconds, for this connection

// What came since the snapshot $1, a row for each transaction; or one row with nulls, when nothing came.
// Columns:
// - transaction, batch_id, keys in hexadecimal;
// - the oldest transaction that is open;
// - a time of the primary's clock, in microseconds: this answer and those before it hold every earlier
//   commit;
// - an LSN beyond all of these commits;
// - the new snapshot: where the next question begins.
extern const statement cache_changes_since;
// What a replica has of the transactions from a number on, by unnest: transaction, batch_id, keys; up to
// where it has replayed, and received.
extern const statement replica_cache_changes;
// What is visible in the snapshot $2, and was not in $1.
extern const statement forget_cache_changes;

statements change_log_statements();

}  // namespace linnet::storage
