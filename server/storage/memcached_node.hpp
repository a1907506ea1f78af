// One memcached node: its connection, worker thread and breaker. See memcached.hpp for the protocol.
#pragma once

#include "storage/memcached.hpp"

namespace linnet::storage {

// Requests of one caller, whose keys may lie on several nodes. The node that finishes last settles the
// ticket.
struct get_request {
  std::shared_ptr<ticket<std::vector<cache_entry>>> waiting;
  std::vector<cache_entry> result;
  std::atomic<std::size_t> remaining{0};

  void part_done(std::size_t parts, resumptions& resumed) {
    if (remaining.fetch_sub(parts, std::memory_order_acq_rel) == parts &&
        waiting->set_value(std::move(result)))
      resumed.add(waiting);
  }
};

struct invalidate_request {
  memcached::voided done;  // may be null
  std::atomic<std::size_t> remaining{0};
  std::atomic<bool> everywhere{true};

  void part_done(bool reached) {
    if (!reached) everywhere.store(false, std::memory_order_relaxed);
    if (remaining.fetch_sub(1, std::memory_order_acq_rel) == 1 && done) done(everywhere);
  }
};

class memcached_node {
 public:
  memcached_node(std::string host, std::uint16_t port, const memcached_options&, memcached_metrics&);
  ~memcached_node();

  void get(std::shared_ptr<get_request>, std::vector<std::pair<std::size_t, std::string>> keys_by_position);
  void invalidate(std::shared_ptr<invalidate_request>, std::vector<std::string> keys, std::uint64_t at);
  void fill(std::string key, std::uint64_t cas, std::string bytes);
  bool append(log_record);
  void stop();
  bool up() const { return up_.load(std::memory_order_relaxed); }
  std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

 private:
  struct get_item {
    std::shared_ptr<get_request> request;
    std::size_t position;
    std::string key;
  };
  struct fill_item {
    std::string key;
    std::uint64_t cas;
    std::string bytes;
  };
  struct invalidate_item {
    std::shared_ptr<invalidate_request> request;
    std::string key;
    std::uint64_t at;
  };
  // The flags of an item tell what it is.
  static constexpr std::uint32_t value_item = 1;
  static constexpr std::uint32_t lease_item = 2;  // placeholder of a miss
  static constexpr std::uint32_t tombstone_item =
      3;                                        // left by an invalidation; its bytes are the commit's LSN
  static constexpr std::uint32_t log_item = 4;  // the records of a log, one after the other

  struct append_item {
    log_record record;
    std::optional<std::string> log;  // once it was read
  };
  struct work_load {
    std::deque<get_item> gets;
    std::deque<fill_item> fills;
    std::deque<invalidate_item> invalidations;
    std::deque<append_item> appends;
    std::size_t size() const { return gets.size() + fills.size() + invalidations.size() + appends.size(); }
    bool empty() const { return size() == 0; }
  };
  using found = std::function<void(std::string_view key, std::uint64_t cas, std::uint32_t flags,
                                   std::string_view bytes)>;

  void work();
  work_load take();
  void run(work_load&);
  bool open();
  void close();
  bool probe();
  void give_up(const char* what, int code);
  // Each returns false when the node failed in the middle.
  bool run_fills(const std::deque<fill_item>&);
  bool run_invalidations(const std::deque<invalidate_item>&, std::deque<append_item>& along);
  bool run_appends(std::deque<append_item>&);
  bool send_records(const std::deque<append_item>&);
  static void take_log(std::deque<append_item>&, std::string_view key, std::string_view bytes);
  bool run_gets(std::deque<get_item>&);
  bool place_leases(std::deque<get_item>&);
  cache_entry entry_of(std::uint32_t flags, std::string_view bytes, std::uint64_t cas) const;
  // Calls `each` for every key that the node holds. One round trip.
  bool multi_get(const std::vector<const std::string*>& keys, const found& each);

  const std::string host_;
  const std::uint16_t port_;
  const memcached_options& options_;
  memcached_metrics& metrics_;
  std::unique_ptr<memcached_st, void (*)(memcached_st*)> link_;
  std::mutex mutex_;
  std::condition_variable ready_;
  work_load waiting_;
  std::atomic<std::size_t> queued_{0};
  std::atomic<bool> up_{true};
  waiter::clock::time_point retry_at_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace linnet::storage
