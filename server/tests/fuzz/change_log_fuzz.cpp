// The log of changes: any bytes and any text give keys or one kind of error; keys survive the way there and
// back.
#include <stdexcept>

#include "storage/change_log.hpp"
#include "tests/fuzz/property.hpp"

namespace linnet::storage {
namespace {

std::optional<changes> keys_of(changes (*read)(std::string_view), std::string_view text) {
  try {
    return read(text);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

void batches(FuzzedDataProvider input) {
  answered_batches known;
  const int number = input.ConsumeIntegralInRange<int>(0, batch_id::max_number - 1);
  fuzz::require(!known.take(number), "none is known before it is added");
  known.add(number);
  fuzz::require(known.take(number) && !known.take(number), "one is taken once");
  const batch_id id{input.ConsumeIntegralInRange<int>(0, 1023), number};
  const auto same = batch_id::from(id.column());
  fuzz::require(same.node == id.node && same.number == id.number, "a batch survives its column");
}

}  // namespace
}  // namespace linnet::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  using namespace linnet::storage;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)keys_of(changes_in, bytes);
  if (const auto keys = keys_of(decode_changes, bytes)) {
    fuzz::require(decode_changes(encode_changes(*keys)) == *keys, "keys survive");
    fuzz::require(changes_in(hex_of(*keys)) == *keys, "keys survive as a text");
    fuzz::require(encode_changes(*keys).size() <= bytes.size(), "there is no shorter encoding");
  }
  batches(FuzzedDataProvider(data, size));
  static const auto all = change_log_statements();
  fuzz::require(all.size() == 6, "each statement is prepared");
  return 0;
}
