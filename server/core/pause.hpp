// How a coroutine waits for time to pass.
#pragma once

#include <chrono>

#include "core/async.hpp"

namespace linnet {

// Resumes the caller on its own loop after `length`. The caller keeps the deadline of its request, whatever
// runs on the loop meanwhile; what it read before is no part of a kept answer (see recording).
awaitable<void> pause(std::chrono::steady_clock::duration length);

}  // namespace linnet
