// Many ids as one value: PostgreSQL's text of an integer[] or bigint[], and their bytes for memcached.
#pragma once

#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace linnet::storage {

// "{3,1,2}"; an empty text (SQL's null) is the empty array.
template <class Id>
std::vector<Id> parse_id_array(std::string_view text) {
  std::vector<Id> ids;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end && *at != '}';) {
    Id id = 0;
    const auto [next, error] = std::from_chars(at + 1, end, id);  // behind '{' or ','
    if (error != std::errc()) break;
    ids.push_back(id);
    at = next;
  }
  return ids;
}

template <class Id>
std::string_view bytes_of(const std::vector<Id>& ids) {
  return {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(Id)};
}

template <class Id>
std::vector<Id> ids_of(std::string_view bytes) {
  std::vector<Id> ids(bytes.size() / sizeof(Id));
  if (!ids.empty()) std::memcpy(ids.data(), bytes.data(), ids.size() * sizeof(Id));
  return ids;
}

}  // namespace linnet::storage
