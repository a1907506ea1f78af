// Which hashes were met lately, in bounded memory: what tells a key that is asked for again from one that is
// asked for once. Four that fall into one set are remembered side by side, the oldest gives way to a fifth;
// so the few that one request asks for together don't make each other forgotten.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace linnet {

// Not thread-safe. Of two hashes with the same upper half in one set, one counts for both: rare, and
// harmless.
template <std::size_t Sets>
class recently_seen {
 public:
  // Whether it was met before; from now on it was.
  bool meet(std::uint64_t hash) {
    if (knows(hash)) return true;
    auto& set = sets_[hash % Sets];
    std::shift_right(set.begin(), set.end(), 1);
    set.front() = fingerprint_of(hash);
    return false;
  }
  bool knows(std::uint64_t hash) const {
    const auto& set = sets_[hash % Sets];
    return std::find(set.begin(), set.end(), fingerprint_of(hash)) != set.end();
  }

 private:
  static std::uint32_t fingerprint_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

  std::array<std::array<std::uint32_t, 4>, Sets> sets_{};
};

}  // namespace linnet
