#pragma once

#include "connections/service.hpp"
#include "http/router.hpp"

namespace linnet::connections {

void add_routes(http::router&, users::user_service&, connection_service&);

}  // namespace linnet::connections
