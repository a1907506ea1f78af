// Passwords by argon2id. One hash takes tens of milliseconds and megabytes on purpose, so hashing has threads
// and a bounded queue of its own: a flood of logins gets 503 and slows nothing else. Addresses take turns in
// it (of IPv6: networks of 64 bits), so a flood from few of them keeps nobody else waiting for long.
#pragma once

#include <mutex>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/thread_pool.hpp>

#include "core/fair_queue.hpp"
#include "storage/ticket.hpp"

namespace linnet::users {

struct password_options {
  std::size_t threads = 1;
  std::size_t queue_limit = 128;  // half of it for one address
  std::size_t memory_kib = 19456;
  std::size_t iterations = 2;
};

class password_hasher {
 public:
  explicit password_hasher(const password_options&);
  ~password_hasher();
  void stop();

  using address = boost::asio::ip::address;

  // A PHC string with a fresh salt in it, of a prepared password (to_opaque_string), for the client at
  // `from`. Throws overloaded, at once or when its place went to an address that has fewer.
  awaitable<std::string> hash(storage::deadlines&, address from, std::string password);
  // Of a password as it was typed: true if the hash is of it as prepared, or as it is. Against no hash at
  // all, it takes the same time and fails: an unknown user can't be told from a wrong password.
  awaitable<bool> verify(storage::deadlines&, address from, std::string password,
                         std::optional<std::string> phc);

  std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

 private:
  struct job {
    std::shared_ptr<storage::waiter> left;
    std::function<void()> work;  // settles and resumes it
  };

  template <class Result>
  awaitable<Result> run(storage::deadlines&, address from, std::function<Result()> task);
  void queue(std::uint64_t network, job);
  void run_next();
  std::string hash_now(const std::string& password) const;

  const password_options& options_;
  std::atomic<std::size_t> queued_{0};  // waiting and under way
  std::mutex mutex_;
  fair_queue<std::uint64_t, job> jobs_;  // by network; guarded by mutex_, as is the next
  std::size_t running_ = 0;
  std::string nobody_;  // the hash that unknown users are verified against
  boost::asio::thread_pool threads_;
};

}  // namespace linnet::users
