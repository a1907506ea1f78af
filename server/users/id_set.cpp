#include "users/id_set.hpp"

#include "storage/codec.hpp"
#include "storage/id_array.hpp"

namespace linnet::users {

namespace {

constexpr char id_set_version = 1;

}  // namespace

id_set_ptr make_id_set(std::vector<user_id> ids, std::size_t max) {
  auto set = std::make_shared<id_set>();
  set->complete = ids.size() <= max;
  if (set->complete) set->ids = std::move(ids);
  std::sort(set->ids.begin(), set->ids.end());
  return set;
}

std::string encode_id_set(const id_set& set) {
  storage::encoder out(id_set_version);
  out.add(std::int64_t{set.complete}).add(storage::bytes_of(set.ids));
  return std::move(out).bytes();
}

id_set_ptr decode_id_set(std::string_view bytes) {
  storage::decoder in(bytes, id_set_version);
  auto set = std::make_shared<id_set>();
  set->complete = in.number() != 0;
  set->ids = storage::ids_of<user_id>(in.text());
  return in.complete() ? set : nullptr;
}

}  // namespace linnet::users
