#include "storage/id_list.hpp"

#include <algorithm>
#include <limits>

#include "storage/codec.hpp"

namespace linnet::storage {

namespace {

constexpr char page_version = 1;
constexpr std::int64_t last_micros = 253'402'300'799'999'999;  // the end of the year 9999

// One more than the page holds, to learn whether there is more.
int limit_of(const page_request& p) {
  return p.per_page + 1;
}
int offset_of(const page_request& p) {
  return p.after ? 0 : (p.page - 1) * p.per_page;
}

void bind_tail(const page_request& p, std::vector<array_text>& parameters, std::size_t at) {
  parameters[at].add(std::int64_t{limit_of(p)});
  parameters[at + 1].add(std::int64_t{offset_of(p)});
}

std::string encode_page(const id_page& p) {
  encoder out(page_version);
  out.add(std::int64_t{p.more});
  out.add(static_cast<std::int64_t>(p.items.size()));
  for (const auto& item : p.items) out.add(item.sort_key).add(item.id);
  return std::move(out).bytes();
}

std::shared_ptr<const id_page> decode_page(std::string_view bytes) {
  decoder in(bytes, page_version);
  auto p = std::make_shared<id_page>();
  p->more = in.number() != 0;
  const auto items = in.number();
  for (std::int64_t i = 0; i < items && i <= max_page_size; ++i) {
    const auto sort_key = in.number();
    p->items.push_back({sort_key, in.number()});
  }
  if (!in.complete()) return nullptr;
  return p;
}

id_page cut(std::vector<position> items, const page_request& asked) {
  id_page result;
  result.more = items.size() > static_cast<std::size_t>(asked.per_page);
  if (result.more) items.pop_back();
  result.items = std::move(items);
  return result;
}

}  // namespace

void bind_id_sorted(const page_key& key, std::vector<array_text>& parameters) {
  parameters[0].add(key.owner);
  parameters[1].add(key.page.after ? key.page.after->id : std::numeric_limits<std::int64_t>::max());
  bind_tail(key.page, parameters, 2);
}

void bind_time_sorted(const page_key& key, std::vector<array_text>& parameters) {
  parameters[0].add(key.owner);
  if (key.page.after) {
    parameters[1].add(to_rfc3339(from_unix_micros(std::min(key.page.after->sort_key, last_micros))));
    parameters[2].add(key.page.after->id);
  } else {
    parameters[1].add(std::string_view("infinity"));
    parameters[2].add(std::numeric_limits<std::int64_t>::max());
  }
  bind_tail(key.page, parameters, 3);
}

// A hundred entries of an index take the database as long as an object that it looks up.
int cost_of_page(const page_key& key) {
  return 1 + (offset_of(key.page) + limit_of(key.page)) / 100;
}

position parse_id_sorted(const pqxx::row& row) {
  const auto id = row[1].as<std::int64_t>();
  return {id, id};
}

position parse_time_sorted(const pqxx::row& row) {
  return {row[1].as<std::int64_t>(), row[2].as<std::int64_t>()};
}

namespace {

read_statement<page_key, position> with_subject(read_statement<page_key, position> s, list_kind kind) {
  s.subject = [kind](const page_key& key) { return cache_key::first_page(kind, key.owner); };
  return s;
}

}  // namespace

id_list::id_list(backends& b, list_kind kind, const read_statement<page_key, position>& s, bool cached)
    : backends_(b),
      statement_(cached ? with_subject(s, kind) : s),
      cached_(cached),
      first_pages_(
          b, {[kind](const std::int64_t& owner) { return cache_key::first_page(kind, owner); }, encode_page,
              decode_page,
              [this](std::vector<std::int64_t> owners) { return read_first_pages(std::move(owners)); }}) {}

awaitable<id_page> id_list::read(std::int64_t owner, page_request asked) {
  if (!is_cached(asked)) co_return co_await read_from_database({owner, asked});
  const auto page = co_await first_pages_.get(owner);
  co_return *page;
}

bool id_list::admits(std::int64_t owner, const page_request& asked) {
  return is_cached(asked) && first_pages_.admits(owner);
}

void id_list::offer(std::int64_t owner, const page_request& asked, id_page page,
                    local_cache::moment read_after) {
  if (is_cached(asked))
    first_pages_.offer(owner, std::make_shared<const id_page>(std::move(page)), read_after);
}

bool id_list::is_cached(const page_request& asked) const {
  return cached_ && asked.page == 1 && !asked.after && asked.per_page == default_page_size;
}

awaitable<id_page> id_list::read_from_database(page_key key) {
  std::vector<page_key> keys{key};
  auto rows = co_await backends_.reads.fetch(statement_, std::move(keys));
  co_return cut(std::move(rows.front()), key.page);
}

awaitable<std::vector<std::shared_ptr<const id_page>>> id_list::read_first_pages(
    std::vector<std::int64_t> owners) {
  std::vector<page_key> keys;
  for (const auto owner : owners) keys.push_back({owner, {}});
  auto rows = co_await backends_.reads.fetch(statement_, std::move(keys));
  std::vector<std::shared_ptr<const id_page>> pages;
  for (auto& items : rows) pages.push_back(std::make_shared<id_page>(cut(std::move(items), {})));
  co_return pages;
}

}  // namespace linnet::storage
