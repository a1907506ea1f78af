// Finds the route of a request. A path nobody knows is a 404, a known path with another method a 405.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/async.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace linnet::http {

using route_handler = std::function<awaitable<response>(request&)>;

// Who may call a route. `reader` needs a session unless the server's reads are public.
enum class access { anyone, reader, account };

// The rate limit that a route counts against.
enum class quota { none, reads, writes, logins, registrations };

struct route {
  verb method;
  std::string pattern;  // "/api/users/{username}/tweets"
  std::string name;     // "get_user_tweets": its label in metrics and logs
  access who = access::reader;
  quota limit = quota::none;
  route_handler handle;
  std::size_t index = 0;  // position in router::routes()
};

class router {
 public:
  void add(route);
  const std::vector<std::unique_ptr<route>>& routes() const { return routes_; }

  // The route of the request; fills request.params. HEAD finds the route of GET. Throws not_found or
  // method_not_allowed.
  const route& find(request&) const;
  // The value of Allow for a known path. Throws not_found.
  std::string allowed(request&) const;

 private:
  struct node {
    std::map<std::string, node, std::less<>> literals;
    std::unique_ptr<node> parameter;
    std::vector<const route*> routes;
  };
  const node* walk(request&) const;

  node root_;
  std::vector<std::unique_ptr<route>> routes_;
};

}  // namespace linnet::http
