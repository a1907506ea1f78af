// Passwords by argon2id. One hash takes tens of milliseconds and megabytes on purpose, so hashing has threads
// and a bounded queue of its own: a flood of logins gets 503 and slows nothing else.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "storage/ticket.hpp"

namespace linnet::users {

struct password_options {
  std::size_t threads = 1;
  std::size_t queue_limit = 64;
  std::size_t memory_kib = 19456;
  std::size_t iterations = 2;
};

class password_hasher {
 public:
  explicit password_hasher(const password_options&);
  ~password_hasher();
  void stop();

  // A PHC string with a fresh salt in it. Throws overloaded.
  awaitable<std::string> hash(storage::deadlines&, std::string password);
  // Against no hash at all, it takes the same time and fails: an unknown user can't be told from a wrong
  // password.
  awaitable<bool> verify(storage::deadlines&, std::string password, std::optional<std::string> phc);

  std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }

 private:
  template <class Result>
  awaitable<Result> run(storage::deadlines&, std::function<Result()> task);
  std::string hash_now(const std::string& password) const;

  const password_options& options_;
  std::atomic<std::size_t> queued_{0};
  std::string nobody_;  // the hash that unknown users are verified against
  boost::asio::thread_pool threads_;
};

}  // namespace linnet::users
