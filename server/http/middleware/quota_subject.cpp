#include "http/middleware/quota_subject.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <xxhash.h>

#include "core/network.hpp"

namespace linnet::http {

quota_subject quota_subject::of_account(char letter, user_id user) {
  return {letter, {}, static_cast<std::uint64_t>(user)};
}

quota_subject quota_subject::of_address(char letter, const address& a) {
  return {letter, {}, network_of(a)};
}

quota_subject quota_subject::of_name(char letter, std::string_view name) {
  quota_subject subject{letter, {}, 0};
  std::copy_n(name.begin(), std::min(name.size(), subject.name.size()), subject.name.begin());
  return subject;
}

quota_subject quota_subject::of_name_and_address(char letter, std::string_view name, const address& a) {
  auto subject = of_name(letter, name);
  subject.number = network_of(a);
  return subject;
}

std::string quota_subject::text() const {
  std::string out = fmt::format("{:02x}", static_cast<unsigned char>(letter));
  for (const char c : name) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
  fmt::format_to(std::back_inserter(out), "{:016x}", number);
  return out;
}

std::size_t quota_subject_hash::operator()(const quota_subject& subject) const {
  static const std::uint64_t seed = std::random_device{}();
  static_assert(sizeof subject == 24, "no byte of it is undefined");
  return XXH3_64bits_withSeed(&subject, sizeof subject, seed);
}

}  // namespace linnet::http
