// What a handler answers with, and its bytes on the wire.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/problem.hpp"
#include "http/request.hpp"

namespace linnet::http {

struct response {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // static storage
  std::string body;
  std::string headers;  // further lines, each "Name: value\r\n"
  std::string tag;      // the entity tag among them, quoted; empty: none

  void add_header(std::string_view name, std::string_view value);
};

response json(unsigned status, std::string body);
response created(std::string location, std::string body);
response no_content();
// The problem document for `p`, with the headers its status calls for.
response problem_response(const problem& p, const request&);

// Appends the response to `out`. HEAD answers carry the length of the body and no body.
void append_response(std::string& out, const response&, const request&, std::string_view date,
                     bool keep_alive);

}  // namespace linnet::http
