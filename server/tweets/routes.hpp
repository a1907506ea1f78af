#pragma once

#include "http/lists.hpp"
#include "http/router.hpp"
#include "tweets/service.hpp"

namespace linnet::tweets {

void add_routes(http::router&, users::user_service&, tweet_service&);

// The tweet id in a path. Throws malformed_request unless it is a number that an id can be.
tweet_id tweet_id_of(std::string_view text);

// The response to a list of tweets.
http::response tweet_list(const http::request&, const tweets_page&, const page_request&, list_kind,
                          std::int64_t owner);

}  // namespace linnet::tweets
