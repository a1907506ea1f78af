// The value of the Date header, formatted once a second on each thread.
#pragma once

#include <string>

#include "core/time.hpp"

namespace linnet::http {

inline const std::string& current_date() {
  thread_local std::int64_t second = 0;
  thread_local std::string date;
  const auto at = now();
  const std::int64_t current = to_unix_micros(at) / 1'000'000;
  if (current != second) {
    second = current;
    date = to_http_date(at);
  }
  return date;
}

}  // namespace linnet::http
