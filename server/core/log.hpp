// Structured logs: one JSON object a line on standard output. Callers never pass passwords, tokens or bodies.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace linnet {

enum class log_level { debug, info, warning, error };

using log_field = std::pair<std::string_view, std::string>;

// Any thread. Each line is flushed at once.
void log_event(log_level, std::string_view event, std::initializer_list<log_field> fields = {});
// The first line alone: what follows in a database's error may quote the data.
std::string first_line(std::string_view message);
void set_log_level(std::string_view name);  // debug, info, warning, error

}  // namespace linnet
