#pragma once

#include "http/lists.hpp"
#include "http/router.hpp"
#include "storage/id_list.hpp"
#include "users/service.hpp"

namespace linnet::users {

// Adds the routes of /api/users. Router and service must outlive each other's use.
void add_routes(http::router&, user_service&);

// How the viewer, if there is one, stands to the user.
awaitable<std::optional<standing>> viewed_by(user_service&, const std::optional<http::principal>& viewer,
                                             user_id user);

// The response to a list of users by id; each item carries its sort key as `time_name`.
awaitable<http::response> user_list(http::request&, user_service&, storage::id_page, page_request, list_kind,
                                    std::int64_t owner, std::string_view time_name);

}  // namespace linnet::users
