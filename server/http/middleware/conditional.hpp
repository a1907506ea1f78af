// Validators: a strong ETag on every successful GET, 304 for a client that already has those bytes.
#pragma once

#include "http/response.hpp"

namespace linnet::http {

// The strong entity tag of these bytes, quoted. Equal on every server.
std::string entity_tag(std::string_view body);

// Whether a header like If-None-Match or If-Match lists the tag or is "*". Weak tags match only when `weak`.
bool lists_tag(std::string_view header, std::string_view tag, bool weak);

// Adds ETag, Cache-Control and Vary to a successful answer to GET or HEAD; makes it a 304 when the client has
// it.
void apply_validators(response&, const request&);

}  // namespace linnet::http
