// A key like any other, for tests that need but one.
#pragma once

#include "core/cache_key.hpp"

namespace linnet::storage {

inline const cache_key some_key = cache_key::user(1);

}  // namespace linnet::storage
