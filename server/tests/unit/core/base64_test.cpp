#include "core/base64.hpp"

#include <random>

#include <catch2/catch.hpp>

namespace linnet {
namespace {

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

}  // namespace

TEST_CASE("base64url is that of RFC 4648, without padding", "[base64]") {
  struct sample {
    std::string_view bytes, text;
  };
  const auto [bytes, text] = GENERATE(values<sample>({{"", ""},
                                                      {"f", "Zg"},
                                                      {"fo", "Zm8"},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg"},
                                                      {"fooba", "Zm9vYmE"},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xFB\xFF\xBF", "-_-_"},
                                                      {std::string_view("\0\0\0", 3), "AAAA"}}));
  CHECK(to_base64url(bytes) == text);
  CHECK(from_base64url(text) == bytes);
}

TEST_CASE("bytes of any length come back", "[base64]") {
  std::mt19937 random(1);
  int wrong = 0;
  for (std::size_t size = 0; size < 300; ++size) {
    const auto bytes = random_bytes(random, size);
    const auto text = to_base64url(bytes);
    wrong += from_base64url(text) != bytes;
    wrong += text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") !=
             std::string::npos;
  }
  CHECK(wrong == 0);
}

TEST_CASE("what isn't canonical base64url is refused", "[base64]") {
  const auto text = GENERATE(values<std::string_view>({"Z",
                                                       "Zm9vY",
                                                       "Zg==",
                                                       "Zg=",
                                                       "Zm8=",
                                                       "=",
                                                       "====",
                                                       "Zh",
                                                       "Zm9",
                                                       "Zn9vYh",
                                                       "Zm9v\n",
                                                       " Zm9v",
                                                       "Zm 9v",
                                                       "Zm9v.",
                                                       "+/+/",
                                                       "Zm9v\xC3\xA9",
                                                       "-_-\xFF",
                                                       "\x80\x80\x80\x80",
                                                       std::string_view("Zm9v\0", 5),
                                                       std::string_view("\0", 1)}));
  INFO(text);
  CHECK_FALSE(from_base64url(text));
}

TEST_CASE("two texts never stand for the same bytes", "[base64]") {
  std::mt19937 random(2);
  int decoded = 0;
  int wrong = 0;
  for (int i = 0; i < 50'000; ++i) {
    auto text = to_base64url(random_bytes(random, 1 + random() % 5));
    text[random() % text.size()] = static_cast<char>(random());
    if (const auto bytes = from_base64url(text)) {
      ++decoded;
      wrong += to_base64url(*bytes) != text;
    }
  }
  CHECK(wrong == 0);
  CHECK(decoded > 1'000);
}

}  // namespace linnet
