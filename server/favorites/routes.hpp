#pragma once

#include "favorites/service.hpp"
#include "http/router.hpp"

namespace linnet::favorites {

void add_routes(http::router&, users::user_service&, tweets::tweet_service&, favorite_service&);

}  // namespace linnet::favorites
