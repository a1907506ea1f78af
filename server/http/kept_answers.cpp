#include "http/kept_answers.hpp"

#include <algorithm>

#include <xxhash.h>

namespace linnet::http {

const kept_answer* kept_answers::find(const request& r, recording::clock::time_point now) {
  if (answers_.empty() || !r.is_read()) return nullptr;
  const auto authorization = r.header(known_header::authorization);
  if (authorization.empty() && authorization.data() != nullptr) return nullptr;  // given, and refused
  const auto at = by_question_.find(hash_of(r.target, authorization));
  if (at == by_question_.end()) return nullptr;
  const kept_answer& found = *at->second;
  if (found.target != r.target || found.authorization != authorization) return nullptr;
  const bool current = now < found.until && std::all_of(found.parts.begin(), found.parts.end(),
                                                        [](const auto& part) { return part->holds(); });
  if (current) return &found;
  drop(at->second);
  return nullptr;
}

bool kept_answers::admits(const request& r) {
  return offered_.meet(hash_of(r.target, r.header(known_header::authorization)));
}

void kept_answers::keep(kept_answer fresh) {
  const auto hash = hash_of(fresh.target, fresh.authorization);
  if (const auto at = by_question_.find(hash); at != by_question_.end()) drop(at->second);
  bytes_ += size_of(fresh);
  answers_.push_back(std::move(fresh));
  by_question_.emplace(hash, std::prev(answers_.end()));
  while (bytes_ > max_bytes) drop(answers_.begin());
}

void kept_answers::drop(by_age::iterator gone) {
  bytes_ -= size_of(*gone);
  by_question_.erase(hash_of(gone->target, gone->authorization));
  answers_.erase(gone);
}

std::uint64_t kept_answers::hash_of(std::string_view target, std::string_view authorization) {
  return XXH3_64bits_withSeed(authorization.data(), authorization.size(),
                              XXH3_64bits(target.data(), target.size()));
}

// About what it takes, maps and lists included.
std::size_t kept_answers::size_of(const kept_answer& a) {
  return 512 + a.target.size() + a.authorization.size() + a.answer.headers.size() + a.answer.body.size() +
         32 * a.parts.size();
}

}  // namespace linnet::http
