#include "http/router.hpp"

#include <boost/beast/http/verb.hpp>

namespace linnet::http {

namespace {

// Takes the first segment off "/a/b/c"; the path always begins with '/'.
std::string_view take_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = path.find('/');
  const auto segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view() : path.substr(end);
  return segment;
}

std::string allow_header(const std::vector<const route*>& routes) {
  std::string allow;
  for (const auto* r : routes) {
    allow += std::string(boost::beast::http::to_string(r->method)) + ", ";
    if (r->method == verb::get) allow += "HEAD, ";
  }
  return allow + "OPTIONS";
}

}  // namespace

void router::add(route added) {
  node* at = &root_;
  std::string_view rest = added.pattern;
  while (!rest.empty()) {
    const auto segment = take_segment(rest);
    if (segment.starts_with('{')) {
      if (!at->parameter) at->parameter = std::make_unique<node>();
      at = at->parameter.get();
    } else {
      at = &at->literals[std::string(segment)];
    }
  }
  added.index = routes_.size();
  routes_.push_back(std::make_unique<route>(std::move(added)));
  at->routes.push_back(routes_.back().get());
}

const router::node* router::walk(request& r) const {
  const node* at = &root_;
  std::string_view rest = r.path;
  std::size_t params = 0;
  while (!rest.empty()) {
    const auto segment = take_segment(rest);
    if (const auto literal = at->literals.find(segment); literal != at->literals.end()) {
      at = &literal->second;
    } else if (at->parameter && !segment.empty() && params < r.params.size()) {
      r.params[params++] = segment;
      at = at->parameter.get();
    } else {
      return nullptr;
    }
  }
  return at->routes.empty() ? nullptr : at;
}

const route& router::find(request& r) const {
  const node* found = walk(r);
  if (!found) fail_not_found("resource");
  const verb method = r.method == verb::head ? verb::get : r.method;
  for (const auto* candidate : found->routes) {
    if (candidate->method == method) return *candidate;
  }
  problem refused(problem_type::method_not_allowed, "The resource does not support this method.");
  refused.headers = "Allow: " + allow_header(found->routes) + "\r\n";
  throw refused;
}

std::string router::allowed(request& r) const {
  const node* found = walk(r);
  if (!found) fail_not_found("resource");
  return allow_header(found->routes);
}

}  // namespace linnet::http
