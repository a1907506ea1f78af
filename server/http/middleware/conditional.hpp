// Validators: a strong ETag on every successful GET, 304 for a client that already has those bytes.
// Preconditions of what would change something: see preconditions.hpp.
#pragma once

#include "http/response.hpp"

namespace linnet::http {

// The strong entity tag of these bytes, quoted. Equal on every server.
std::string entity_tag(std::string_view body);
// "<lasting>.<body>": also tells apart what of the bytes counts for If-Match.
std::string entity_tag(std::string_view lasting, std::string_view body);

// Whether a header like If-None-Match or If-Match lists the tag or is "*". Weak tags match only when `weak`.
bool lists_tag(std::string_view header, std::string_view tag, bool weak);

// Adds Cache-Control and Vary to reads and to all that is answered to an account, an ETag to successful
// reads: answer.tag if the handler made one.
void add_validators(response&, const request&);

// Whether the client has the bytes of this answer, and what it gets then: the same without them.
bool is_not_modified(const response&, const request&);
response not_modified(const response&);

}  // namespace linnet::http
