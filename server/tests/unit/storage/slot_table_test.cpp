#include "storage/slot_table.hpp"

#include <catch2/catch.hpp>

namespace linnet::storage {
namespace {

struct numbered_slot : keyed_slot {
  using keyed_slot::keyed_slot;
  int number = 0;
};
using table = slot_table<numbered_slot>;

std::vector<std::uint64_t> in_order(table& slots) {
  std::vector<std::uint64_t> ids;
  for (const auto& slot : slots) ids.push_back(slot.key.a);
  return ids;
}

}  // namespace

TEST_CASE("slots are found by their key, however many they are", "[slot_table]") {
  table slots;
  CHECK(slots.find(cache_key::user(1)) == nullptr);
  for (int i = 1; i <= 1'000; ++i) slots.add_last(cache_key::user(i)).number = i;
  CHECK(slots.size() == 1'000);
  for (int i = 1; i <= 1'000; ++i) {
    slots.prefetch_place(cache_key::user(i));
    slots.prefetch_slot(cache_key::user(i));
    auto* found = slots.find(cache_key::user(i));
    REQUIRE(found);
    CHECK(found->number == i);
  }
  CHECK(slots.find(cache_key::tweet(1)) == nullptr);
  slots.prefetch_slot(cache_key::tweet(1));
}

TEST_CASE("slots go in their order, and are not found any more", "[slot_table]") {
  table slots;
  auto& one = slots.add_last(cache_key::user(1));
  slots.add_last(cache_key::user(2));
  slots.add_first(cache_key::user(3));
  CHECK(in_order(slots) == std::vector<std::uint64_t>{3, 1, 2});
  slots.goes_last(one);
  CHECK(in_order(slots) == std::vector<std::uint64_t>{3, 2, 1});
  CHECK(slots.first().key == cache_key::user(3));
  slots.remove(slots.first());
  CHECK(slots.find(cache_key::user(3)) == nullptr);
  CHECK(slots.first().key == cache_key::user(2));
  slots.remove(one);
  CHECK(in_order(slots) == std::vector<std::uint64_t>{2});
  CHECK(slots.size() == 1);
}

}  // namespace linnet::storage
