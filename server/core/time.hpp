// Points in time: UTC with microseconds, as PostgreSQL keeps them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace linnet {

using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

timestamp now();

// The SQL statements exchange times as whole microseconds since 1970.
timestamp from_unix_micros(std::int64_t micros);
std::int64_t to_unix_micros(timestamp time);

// "2026-01-31T09:30:00.123456Z": always 27 characters. Requires a year of 0 to 9999.
std::string to_rfc3339(timestamp time);
void append_rfc3339(std::string& out, timestamp time);

// "Sat, 31 Jan 2026 09:30:00 GMT" (IMF-fixdate of RFC 9110), cut to the second. Requires a year of 0 to 9999.
std::string to_http_date(timestamp time);

}  // namespace linnet
