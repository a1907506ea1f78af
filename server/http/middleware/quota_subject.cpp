#include "http/middleware/quota_subject.hpp"

#include <random>

#include <fmt/format.h>
#include <xxhash.h>

#include "core/network.hpp"

namespace linnet::http {

namespace {

// The same on all servers, which tell each other. Who looks for names that share a number spends what the
// name at that number has, as they could with the name itself.
std::uint64_t number_of(std::string_view name) {
  return XXH3_64bits(name.data(), name.size()) % quota_subject::names;
}

std::uint64_t what_of(char letter, std::uint64_t name_number = 0) {
  return static_cast<unsigned char>(letter) | name_number << 8;
}

}  // namespace

quota_subject quota_subject::of_account(char letter, user_id user) {
  return {what_of(letter), static_cast<std::uint64_t>(user)};
}

quota_subject quota_subject::of_address(char letter, const address& a) {
  return {what_of(letter), network_of(a)};
}

quota_subject quota_subject::of_name(char letter, std::string_view name) {
  return {what_of(letter, number_of(name)), 0};
}

quota_subject quota_subject::of_name_and_address(char letter, std::string_view name, const address& a) {
  return {what_of(letter, number_of(name)), network_of(a)};
}

std::string quota_subject::text() const {
  return fmt::format("{:016x}{:016x}", what, number);
}

std::size_t quota_subject_hash::operator()(const quota_subject& subject) const {
  static const std::uint64_t seed = std::random_device{}();
  static_assert(sizeof subject == 16, "no byte of it is undefined");
  return XXH3_64bits_withSeed(&subject, sizeof subject, seed);
}

}  // namespace linnet::http
