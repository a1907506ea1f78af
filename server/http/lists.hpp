// The list parameters (?page=, ?cursor=, ?per_page=) and the list envelope of the API.
#pragma once

#include "core/paging.hpp"
#include "http/response.hpp"

namespace linnet::http {

// Throws malformed_request on a bad page, size or cursor, or on page and cursor together.
page_request page_asked(const request&, list_kind, std::int64_t owner);

// Writes {"items": [...], "page": n, "next_cursor": ...} and the Link to the next page.
class list_writer {
 public:
  // Room for so many items of the usual size.
  explicit list_writer(std::size_t items) {
    body_.reserve(items * 512 + 64);
    body_ = "{\"items\":[";
  }
  // Where the next item goes: append one JSON value to it.
  std::string& next_item() {
    if (!first_) body_ += ',';
    first_ = false;
    return body_;
  }
  // `last` is the position of the last item of the page, in front of items that were left out too.
  response finish(const request&, const page_request&, list_kind, std::int64_t owner,
                  std::optional<position> last, bool more) &&;
  // {"items": [...]} alone, for lookups of many objects.
  response finish_lookup() &&;

 private:
  std::string body_;
  bool first_ = true;
};

// The items of ?name=a,b,c: 1 to 100 of them, each once. Throws malformed_request.
std::vector<std::string> names_asked(const request&, std::string_view parameter);

}  // namespace linnet::http
