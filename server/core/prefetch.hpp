// Memory that will be read soon, and not at once: it comes while something else is done, so that what lies in
// twenty places comes in the time of one.
#pragma once

#include <cstddef>

namespace linnet {

inline void prefetch(const void* from, std::size_t bytes) {
  constexpr std::size_t cache_line = 64;
  const auto* at = static_cast<const char*>(from);
  for (std::size_t n = 0; n < bytes; n += cache_line) __builtin_prefetch(at + n);
}

}  // namespace linnet
