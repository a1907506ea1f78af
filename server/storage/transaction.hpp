// A write transaction without round trips of its own: BEGIN goes along with the first statement, and COMMIT
// brings back the position in the WAL at which the rows are visible. That is asked for in a statement after
// the commit, of the same message: a replica that replayed a position taken before it need not show the rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <pqxx/pqxx>

namespace linnet::storage {

using lsn = std::uint64_t;

class transaction {
 public:
  // One at a time on a connection, which outlives it.
  explicit transaction(pqxx::connection& link) : link_(link), session_(link) {}
  // Rolls back what was not committed.
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  // Throws pqxx::sql_error, then nothing but the end may follow, and pqxx::broken_connection, then nothing
  // was or will be committed.
  pqxx::result exec(const std::string& sql);
  // The same of several, none of which needs another's result: one message carries them.
  std::vector<pqxx::result> exec_all(const std::vector<std::string>& all);
  template <class Value>
  std::string quote(const Value& v) const {
    return session_.quote(v);
  }

  // `last`: a statement that goes along, or none. Throws pqxx::in_doubt_error when it can't be known whether
  // the commit happened.
  lsn commit(const std::string& last = {});

 private:
  void require_link() const;

  pqxx::connection& link_;
  pqxx::nontransaction session_;
  bool open_ = false;
};

}  // namespace linnet::storage
