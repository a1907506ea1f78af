// Answers to reads, ready to be sent again while everything they were made of is current: the same bytes to
// the same question of the same account. What spares a hot object its handler, its rendering and its ETag.
//
// An answer is kept the second time that it is made out of memory alone (see recording), so what is asked for
// once leaves nothing here. Bounded; the oldest go first. One an event loop; not thread-safe.
#pragma once

#include <list>
#include <unordered_map>

#include "core/recently_seen.hpp"
#include "core/recording.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

namespace linnet::http {

struct kept_answer {
  std::string target;
  std::string authorization;
  const route* to = nullptr;
  std::optional<principal> viewer;
  response answer;  // a 200, with all that does not depend on the single request
  std::vector<std::shared_ptr<const currency>> parts;
  recording::clock::time_point until;
  recording::clock::time_point landed;
};

class kept_answers {
 public:
  static constexpr std::size_t max_bytes = 16 << 20;

  // Null when there is none that is current. Valid until the next call.
  const kept_answer* find(const request&, recording::clock::time_point now);
  // Whether this answer was offered before, lately.
  bool admits(const request&);
  void keep(kept_answer);
  std::size_t bytes() const { return bytes_; }

 private:
  using by_age = std::list<kept_answer>;
  static std::uint64_t hash_of(std::string_view target, std::string_view authorization);
  static std::size_t size_of(const kept_answer&);
  void drop(by_age::iterator);

  by_age answers_;  // the oldest first
  std::unordered_map<std::uint64_t, by_age::iterator> by_question_;
  recently_seen<1024> offered_;  // questions whose answers could have been kept
  std::size_t bytes_ = 0;
};

}  // namespace linnet::http
