// The outbox of cache invalidations (table cache_changes): what a transaction changed, as a row of its own.
#pragma once

#include <string>
#include <string_view>

#include "storage/invalidation.hpp"
#include "storage/statement.hpp"

namespace linnet::storage {

// The keys as bytes: for each its kind and its two numbers, which take as many bytes as they need.
std::string encode_changes(const changes&);
// Throws std::invalid_argument for bytes that encode_changes did not make.
changes decode_changes(std::string_view);

// node, keys in hexadecimal
extern const statement note_changes;
// What came since the transaction $1, but from the node $2: transaction, keys in hexadecimal. One row more,
// of nulls, so that there is always one. Column 2 of every row is where the next question goes on.
extern const statement cache_changes_since;
// What is older than the transaction $1.
extern const statement forget_cache_changes;

statements change_log_statements();

}  // namespace linnet::storage
