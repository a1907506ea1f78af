// Cursors: a text is one only if encoding what it says gives it again, and every position survives the way
// there and back.
#include "core/base64.hpp"
#include "core/paging.hpp"
#include "tests/fuzz/property.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  FuzzedDataProvider input(data, size);
  const auto kind = static_cast<list_kind>(input.ConsumeIntegralInRange<int>(1, 9));
  const auto owner = input.ConsumeIntegral<std::int64_t>();
  const position last{input.ConsumeIntegral<std::int64_t>(), input.ConsumeIntegral<std::int64_t>()};
  const int page = input.ConsumeIntegral<std::int32_t>();
  const std::string text = input.ConsumeRemainingBytesAsString();

  if (const auto found = decode_cursor(text, kind, owner)) {
    fuzz::require(found->page >= 1 && found->after && found->after->sort_key >= 0 && found->after->id >= 1,
                  "a cursor names a position");
    fuzz::require(encode_cursor(kind, owner, *found->after, found->page) == text,
                  "there is one text for a cursor");
  }
  // As sent, and with one byte of it changed: the checksum tells.
  std::string cursor = encode_cursor(kind, owner, last, page);
  const auto found = decode_cursor(cursor, kind, owner);
  const bool possible = last.sort_key >= 0 && last.id >= 1 && page >= 1;
  fuzz::require(found.has_value() == possible, "what can be a position is one");
  if (found) {
    fuzz::require(found->after == last && found->page == page, "a position survives");
    fuzz::require(!decode_cursor(
                      cursor, kind == list_kind::sessions ? list_kind::timeline : list_kind::sessions, owner),
                  "a list has its own cursors");
  }
  const auto bytes = from_base64url(text);
  if (bytes) fuzz::require(to_base64url(*bytes) == text, "there is one text for bytes");
  fuzz::require(from_base64url(to_base64url(text)) == text, "bytes survive");
  return 0;
}
