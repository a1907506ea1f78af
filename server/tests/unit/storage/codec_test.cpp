#include "storage/codec.hpp"

#include <limits>
#include <optional>

#include <catch2/catch.hpp>

namespace linnet::storage {
namespace {

constexpr char version = 3;

struct record {
  std::int64_t number = 0;
  std::string text;
  timestamp at;
  std::string last;
  friend bool operator==(const record&, const record&) = default;
};

std::string encode(const record& r) {
  encoder out(version);
  out.add(r.number).add(r.text).add(r.at).add(r.last);
  return std::move(out).bytes();
}

std::optional<record> decode(std::string_view bytes, char expected = version) {
  decoder in(bytes, expected);
  record r;
  r.number = in.number();
  r.text = in.text();
  r.at = in.time();
  r.last = in.text();
  if (!in.complete()) return std::nullopt;
  return r;
}

const record sample{-42, std::string("a\0\xC3\xA9", 4), from_unix_micros(1'700'000'000'123'456), ""};

}  // namespace

TEST_CASE("what is encoded is decoded", "[codec]") {
  const auto r = GENERATE(values<record>({
      sample,
      {},
      {std::numeric_limits<std::int64_t>::min(), std::string(100'000, 'x'), from_unix_micros(-1), "z"},
      {std::numeric_limits<std::int64_t>::max(), "", from_unix_micros(0), std::string(1, '\0')},
  }));
  CHECK(decode(encode(r)) == r);
}

TEST_CASE("bytes of another version decode to nothing", "[codec]") {
  CHECK_FALSE(decode(encode(sample), version + 1));
  CHECK_FALSE(decode(encode(sample), 0));
  CHECK_FALSE(decode(""));
}

TEST_CASE("truncated bytes decode to nothing, wherever they end", "[codec]") {
  const auto bytes = encode(sample);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO(size);
    const std::string part = bytes.substr(0, size);  // a block of its own, so that ASan sees reads beyond it
    CHECK_FALSE(decode(part));
  }
  CHECK(decode(bytes));
}

TEST_CASE("bytes left over decode to nothing", "[codec]") {
  CHECK_FALSE(decode(encode(sample) + "x"));
  CHECK_FALSE(decode(encode(sample) + std::string(8, '\0')));
}

TEST_CASE("lengths that lie decode to nothing", "[codec]") {
  for (const std::int64_t length :
       {std::int64_t{-1}, std::int64_t{5}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    encoder out(version);
    out.add(length);
    auto bytes = std::move(out).bytes() + "four";
    decoder in(bytes, version);
    CHECK(in.text().empty());
    CHECK_FALSE(in.complete());
  }
}

TEST_CASE("any byte flipped never reads out of bounds", "[codec]") {
  const auto bytes = encode(sample);
  int changed = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      changed += decode(damaged) != sample;
    }
  }
  CHECK(changed == static_cast<int>(bytes.size() * 8));
}

}  // namespace linnet::storage
