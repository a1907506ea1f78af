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

// libpqxx would open a new connection, outside of the transaction.
void transaction::require_link() const {
  if (open_ && !link_.is_open()) throw pqxx::broken_connection("The connection was lost in a transaction.");
}

pqxx::result transaction::exec(const std::string& sql) {
  require_link();
  if (open_) return session_.exec(sql);
  open_ = true;
  return session_.exec("BEGIN; " + sql);
}

std::vector<pqxx::result> transaction::exec_all(const std::vector<std::string>& all) {
  require_link();
  pqxx::pipeline pipeline(session_);
  pipeline.retain(static_cast<int>(all.size()) + 1);
  if (!std::exchange(open_, true)) pipeline.insert("BEGIN");
  std::vector<pqxx::pipeline::query_id> sent;
  for (const auto& sql : all) sent.push_back(pipeline.insert(sql));
  std::vector<pqxx::result> results;
  try {
    for (const auto id : sent) results.push_back(pipeline.retrieve(id));
  } catch (...) {
    link_.disconnect();  // libpqxx cancels what it believes to be under way, and that may hit what comes next
    throw;
  }
  return results;
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
