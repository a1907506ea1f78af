#include "storage/transaction.hpp"

namespace linnet::storage {

transaction::~transaction() {
  if (!open_ || !link_.is_open()) return;
  try {
    session_.exec0("ROLLBACK");
  } catch (const std::exception&) {
    // The connection is gone, and the transaction with it.
  }
}

pqxx::result transaction::exec(const std::string& sql) {
  // libpqxx would open a new connection, outside of the transaction.
  if (open_ && !link_.is_open()) throw pqxx::broken_connection("The connection was lost in a transaction.");
  if (open_) return session_.exec(sql);
  open_ = true;
  return session_.exec("BEGIN; " + sql);
}

lsn transaction::commit(const std::string& last) {
  if (!link_.is_open()) throw pqxx::broken_connection("The connection was lost before the commit.");
  std::string sql = last.empty() ? last : last + "; ";
  sql += "COMMIT; SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn";
  if (!open_) sql.insert(0, "BEGIN; ");
  open_ = false;
  try {
    return session_.exec1(sql)[0].as<lsn>();
  } catch (const std::exception& e) {
    throw pqxx::in_doubt_error(e.what());
  }
}

}  // namespace linnet::storage
