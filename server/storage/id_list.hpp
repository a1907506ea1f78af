// A list of ids in keyset order, newest first. The first page of the usual size is cached; all others are
// read from the database. Pages hold ids and sort keys only: the objects behind them are cached on their own.
#pragma once

#include "core/paging.hpp"
#include "storage/read_through.hpp"

namespace linnet::storage {

struct page_key {
  std::int64_t owner = 0;
  page_request page;
};

using id_page = page<position>;

// Parameters of a list sorted by id: owner, before, limit, offset.
inline constexpr std::string_view id_sorted_types = "int[], bigint[], int[], int[]";
// Parameters of a list sorted by (time, id): owner, before time, before id, limit, offset.
inline constexpr std::string_view time_sorted_types = "bigint[], timestamptz[], bigint[], int[], int[]";

void bind_id_sorted(const page_key&, std::vector<array_text>&);
void bind_time_sorted(const page_key&, std::vector<array_text>&);
int cost_of_page(const page_key&);             // see read_statement
position parse_id_sorted(const pqxx::row&);    // id
position parse_time_sorted(const pqxx::row&);  // micros, id

inline read_statement<page_key, position> id_sorted_list(const statement& s) {
  return {s, 4, bind_id_sorted, parse_id_sorted, nullptr, replica_use::read, cost_of_page};
}
inline read_statement<page_key, position> time_sorted_list(const statement& s) {
  return {s, 5, bind_time_sorted, parse_time_sorted, nullptr, replica_use::read, cost_of_page};
}

class id_list {
 public:
  // `cached` is false for lists whose changes nobody can name, such as timelines: the primary alone is asked.
  id_list(backends&, list_kind, const read_statement<page_key, position>&, bool cached = true);

  awaitable<id_page> read(std::int64_t owner, page_request);
  // Whether the page is one that is cached, and read often enough to be (see local_cache).
  bool admits(std::int64_t owner, const page_request&);
  // That page, read along with something else after that moment.
  void offer(std::int64_t owner, const page_request&, id_page, local_cache::moment read_after);

 private:
  bool is_cached(const page_request&) const;
  awaitable<id_page> read_from_database(page_key);
  awaitable<std::vector<std::shared_ptr<const id_page>>> read_first_pages(std::vector<std::int64_t> owners);

  backends& backends_;
  const read_statement<page_key, position> statement_;
  const bool cached_;
  read_through<std::int64_t, id_page> first_pages_;
};

}  // namespace linnet::storage
