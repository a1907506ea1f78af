// What single values of settings must look like, beyond numbers: each function throws bad_value, with a line
// that says how to write it, for what could start and would then do nothing or fail.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "http/middleware/network.hpp"

namespace linnet::app {

struct bad_value : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// The items of lists as they are written everywhere, flag, variable and file: with commas between, as a,b;
// none separates within single quotes. Empty texts are empty lists.
std::vector<std::string> list_items(const std::vector<std::string>& texts);

void check_origin(const std::string&);          // as browsers send it: https://app.example
void check_memcached_node(const std::string&);  // cache-1:11211, [2001:db8::1]:11211
void check_conninfo(const std::string&);        // of libpq
http::network parse_network(const std::string&);

}  // namespace linnet::app
