// Small pieces for writing JSON by hand: responses are put together from parts rendered when they were
// cached.
#pragma once

#include <string>
#include <string_view>

namespace linnet {

// Appends a JSON string, quotes included. The text must be valid UTF-8.
void append_string(std::string& out, std::string_view text);
void append_number(std::string& out, long long value);

}  // namespace linnet
