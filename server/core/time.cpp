#include "core/time.hpp"

#include <array>
#include <string_view>

namespace linnet {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> weekday_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <int Width>
void append_digits(std::string& out, unsigned value) {
  std::array<char, Width> digits{};
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value /= 10)
    *digit = static_cast<char>('0' + value % 10);
  out.append(digits.data(), digits.size());
}

struct civil_time {
  explicit civil_time(timestamp time)
      : day(floor<days>(time)),
        date(day),
        year(static_cast<unsigned>(static_cast<int>(date.year()))),
        clock(time - day) {}

  sys_days day;
  year_month_day date;
  unsigned year;
  hh_mm_ss<microseconds> clock;
};

void append_clock(std::string& out, const hh_mm_ss<microseconds>& clock) {
  append_digits<2>(out, static_cast<unsigned>(clock.hours().count()));
  out += ':';
  append_digits<2>(out, static_cast<unsigned>(clock.minutes().count()));
  out += ':';
  append_digits<2>(out, static_cast<unsigned>(clock.seconds().count()));
}

}  // namespace

timestamp now() {
  return floor<microseconds>(system_clock::now());
}

timestamp from_unix_micros(std::int64_t micros) {
  return timestamp(microseconds(micros));
}

std::int64_t to_unix_micros(timestamp time) {
  return time.time_since_epoch().count();
}

std::string to_rfc3339(timestamp time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

void append_rfc3339(std::string& out, timestamp time) {
  const civil_time civil(time);
  append_digits<4>(out, civil.year);
  out += '-';
  append_digits<2>(out, static_cast<unsigned>(civil.date.month()));
  out += '-';
  append_digits<2>(out, static_cast<unsigned>(civil.date.day()));
  out += 'T';
  append_clock(out, civil.clock);
  out += '.';
  append_digits<6>(out, static_cast<unsigned>(civil.clock.subseconds().count()));
  out += 'Z';
}

std::string to_http_date(timestamp time) {
  const civil_time civil(time);
  std::string out;
  out += weekday_names[weekday(civil.day).c_encoding()];
  out += ", ";
  append_digits<2>(out, static_cast<unsigned>(civil.date.day()));
  out += ' ';
  out += month_names[static_cast<unsigned>(civil.date.month()) - 1];
  out += ' ';
  append_digits<4>(out, civil.year);
  out += ' ';
  append_clock(out, civil.clock);
  out += " GMT";
  return out;
}

}  // namespace linnet
