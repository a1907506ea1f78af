#pragma once

#include "http/router.hpp"
#include "sessions/service.hpp"

namespace linnet::sessions {

void add_routes(http::router&, session_service&, http::rate_limiter&);

}  // namespace linnet::sessions
