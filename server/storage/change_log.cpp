#include "storage/change_log.hpp"

#include <stdexcept>

#include <sodium/utils.h>

namespace linnet::storage {

namespace {

// Seven bits a byte, the lowest first; the last byte is below 128.
void append_number(std::string& out, std::uint64_t value) {
  for (; value >= 128; value >>= 7) out += static_cast<char>(value | 128);
  out += static_cast<char>(value);
}

std::uint64_t take_number(std::string_view& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= std::uint64_t{byte & 127U} << shift;
    if (byte < 128) return value;
  }
  throw std::invalid_argument("a change ends in the middle of a number");
}

}  // namespace

std::string encode_changes(const changes& keys) {
  std::string bytes;
  bytes.reserve(keys.size() * 8);
  for (const auto& key : keys) {
    bytes += static_cast<char>(key.kind);
    append_number(bytes, key.a);
    append_number(bytes, key.b);
  }
  return bytes;
}

changes decode_changes(std::string_view bytes) {
  changes keys;
  while (!bytes.empty()) {
    const auto kind = static_cast<cache_kind>(bytes.front());
    bytes.remove_prefix(1);
    const auto a = take_number(bytes);
    keys.push_back({kind, a, take_number(bytes)});
  }
  return keys;
}

std::string hex_of(const changes& keys) {
  const std::string bytes = encode_changes(keys);
  std::string hex(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  hex.pop_back();
  return hex;
}

changes changes_in(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  sodium_hex2bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), hex.data(), hex.size(),
                 nullptr, nullptr, nullptr);
  return decode_changes(bytes);
}

void answered_batches::add(int number) {
  const std::lock_guard lock(mutex_);
  numbers_[static_cast<std::size_t>(number) % numbers_.size()] = number + 1;
}

bool answered_batches::take(int number) {
  const std::lock_guard lock(mutex_);
  auto& place = numbers_[static_cast<std::size_t>(number) % numbers_.size()];
  if (place != number + 1) return false;
  place = 0;
  return true;
}

const statement note_changes{"note_changes", "int, text",
                             "INSERT INTO cache_changes (node, keys) VALUES ($1, decode($2, 'hex'))"};

const statement cache_changes_since{
    "cache_changes_since", "text",
    "SELECT c.xact, c.node, encode(c.keys, 'hex'), pg_snapshot_xmin(pg_current_snapshot()),"
    " " LINNET_MICROS("now()") ", pg_current_wal_flush_lsn() - '0/0'::pg_lsn, pg_current_snapshot()"
    " FROM (SELECT) AS one LEFT JOIN LATERAL ("
    "SELECT * FROM cache_changes WHERE xact >= pg_snapshot_xmax($1::pg_snapshot) UNION ALL "
    "SELECT * FROM cache_changes WHERE xact = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))) c ON true"};

const statement long_ago{"long_ago", "",
                         "SELECT format('%1$s:%1$s:', greatest(1, "
                         "pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1000000))"};

const statement set_statement_timeout{"set_statement_timeout", "text",
                                      "SELECT set_config('statement_timeout', $1, false)"};

const statement replica_cache_changes{"replica_cache_changes", "bigint[]",
                                      "SELECT k.n, c.xact, c.node, encode(c.keys, 'hex'),"
                                      " coalesce(pg_last_wal_replay_lsn() - '0/0'::pg_lsn, 0),"
                                      " coalesce(pg_last_wal_receive_lsn() - '0/0'::pg_lsn, 0)"
                                      " FROM unnest($1) WITH ORDINALITY AS k(since, n) LEFT JOIN "
                                      "cache_changes c ON c.xact >= k.since::text::xid8"};

const statement forget_cache_changes{
    "forget_cache_changes", "text, text",
    "WITH late AS (DELETE FROM cache_changes WHERE xact = ANY (ARRAY(SELECT "
    "pg_snapshot_xip($1::pg_snapshot)))"
    " AND pg_visible_in_snapshot(xact, $2::pg_snapshot)) "
    "DELETE FROM cache_changes WHERE xact >= pg_snapshot_xmax($1::pg_snapshot)"
    " AND xact < pg_snapshot_xmax($2::pg_snapshot) AND pg_visible_in_snapshot(xact, $2::pg_snapshot)"};

statements change_log_statements() {
  static const std::array all{&note_changes, &cache_changes_since,   &replica_cache_changes,
                              &long_ago,     &set_statement_timeout, &forget_cache_changes};
  return all;
}

}  // namespace linnet::storage
