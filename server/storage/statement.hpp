// SQL has names: each statement is prepared under its name on every connection, and metrics, logs and plans
// carry it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <pqxx/pqxx>

namespace linnet::storage {

struct statement {
  std::string_view name;   // "users_by_username"
  std::string_view types;  // of its parameters: "int[], bigint[]"; empty for none
  std::string_view sql;
};

using statements = std::span<const statement* const>;

// Timestamps cross the wire as microseconds since 1970: exact in a double until the year 2255.
#define LINNET_MICROS(column) "(date_part('epoch', " column ") * 1000000)::bigint"

// Orders the changes of a row: the position in the WAL, read while the row is locked.
#define LINNET_VERSION "pg_current_wal_insert_lsn() - '0/0'::pg_lsn"

// True of users who are not being cleaned away. The few who are go into a hash table, once for each
// statement.
#define LINNET_NOT_DELETED(column) column " NOT IN (SELECT user_id FROM deleted_users)"

// The text of one array parameter: {1,2,3} or {"a","b"}.
class array_text {
 public:
  void add(std::int64_t value) {
    separate();
    text_ += std::to_string(value);
  }
  void add(std::string_view value) {
    separate();
    text_ += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text_ += '\\';
      text_ += c;
    }
    text_ += '"';
  }
  std::string str() const { return text_ + '}'; }

 private:
  void separate() {
    if (text_.size() > 1) text_ += ',';
  }
  std::string text_ = "{";
};

// The text that runs a prepared statement. Arguments are quoted here: numbers, texts, optionals, arrays as
// text.
template <class Transaction, class... Arguments>
std::string execute_text(const Transaction& tx, const statement& s, const Arguments&... arguments) {
  std::string sql = "EXECUTE ";
  sql.append(s.name);
  [[maybe_unused]] char before = '(';
  ((sql += before, before = ',', sql += tx.quote(arguments)), ...);
  if (sizeof...(arguments)) sql += ')';
  return sql;
}

// Runs it inside a transaction, ours or libpqxx's.
template <class Transaction, class... Arguments>
pqxx::result execute(Transaction& tx, const statement& s, const Arguments&... arguments) {
  return tx.exec(execute_text(tx, s, arguments...));
}

// Of a whole range at once: array_of(requests, [](const auto& r) { return r.user; }).
template <class Range, class Projection>
std::string array_of(const Range& range, Projection projection) {
  array_text array;
  for (const auto& item : range) array.add(projection(item));
  return array.str();
}

}  // namespace linnet::storage
