// Structured logs: one JSON object a line on standard output. Callers never pass passwords, tokens or bodies.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace linnet {

enum class log_level { debug, info, warning, error };

using log_field = std::pair<std::string_view, std::string>;

// Any thread. Each line is written at once, unless whoever reads them is behind (see log_output).
void log_event(log_level, std::string_view event, std::initializer_list<log_field> fields = {});
// To be called now and then: writes what its reader wasn't ready for.
void flush_log(std::chrono::milliseconds patience);
std::uint64_t dropped_log_lines();
// The first line alone: what follows in a database's error may quote the data.
std::string first_line(std::string_view message);
void set_log_level(std::string_view name);  // debug, info, warning, error

}  // namespace linnet
