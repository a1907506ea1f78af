#include "core/ids.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace linnet {
namespace {

using namespace std::chrono;

constexpr sys_time<milliseconds> epoch = sys_days(year(2026) / January / 1);
constexpr int node_bits = 10;
constexpr int sequence_bits = 12;
constexpr std::int64_t sequence_mask = (std::int64_t{1} << sequence_bits) - 1;

}  // namespace

std::optional<std::int64_t> parse_id(std::string_view text) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::int64_t id = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, id);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return id;
}

id_generator::id_generator(int node, timestamp (*clock)()) : node_(node), clock_(clock) {
  if (node < 0 || node > max_node) throw std::invalid_argument("id_generator: node must be 0 to 1023");
}

id_generator::stamp id_generator::next() {
  const auto elapsed = floor<milliseconds>(clock_()) - epoch;
  const auto earliest = std::int64_t{elapsed.count()} * (sequence_mask + 1);
  auto last = last_.load(std::memory_order_relaxed);
  auto fresh = std::max(last + 1, earliest);
  while (!last_.compare_exchange_weak(last, fresh, std::memory_order_relaxed))
    fresh = std::max(last + 1, earliest);

  const auto time = fresh >> sequence_bits;
  const auto sequence = fresh & sequence_mask;
  const auto id = (((time << node_bits) | node_) << sequence_bits) | sequence;
  return {id, time_of_id(id)};
}

timestamp time_of_id(std::int64_t id) {
  return epoch + milliseconds(id >> (node_bits + sequence_bits));
}

}  // namespace linnet
