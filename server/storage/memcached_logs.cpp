// Logs that servers append to, beside the values. See memcached.hpp for the contract.
#include <libmemcached/memcached.h>

#include "storage/memcached_node.hpp"

namespace linnet::storage {

// Buffered and without replies, as tombstones are: whoever reads the logs next on this connection has proof.
bool memcached_node::send_records(const std::deque<append_item>& appends) {
  for (const auto& item : appends) {
    const auto& [key, bytes, ttl, then] = item.record;
    auto rc = memcached_add(link_.get(), key.data(), key.size(), "", 0, ttl.count(), log_item);
    if (!memcached_failed(rc) || rc == MEMCACHED_BUFFERED || rc == MEMCACHED_NOTSTORED)
      rc = memcached_append(link_.get(), key.data(), key.size(), bytes.data(), bytes.size(), 0, 0);
    if (memcached_failed(rc) && rc != MEMCACHED_BUFFERED) {
      give_up("append", rc);
      return false;
    }
  }
  return true;
}

bool memcached_node::run_appends(std::deque<append_item>& appends) {
  if (appends.empty()) return true;
  if (!send_records(appends)) return false;
  std::vector<const std::string*> keys;
  for (const auto& item : appends) keys.push_back(&item.record.key);
  return multi_get(keys, [&](std::string_view key, std::uint64_t, std::uint32_t, std::string_view bytes) {
    take_log(appends, key, bytes);
  });
}

void memcached_node::take_log(std::deque<append_item>& appends, std::string_view key,
                              std::string_view bytes) {
  for (auto& item : appends) {
    if (item.record.key == key) item.log = bytes;
  }
}

}  // namespace linnet::storage
