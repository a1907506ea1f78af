#include "users/passwords.hpp"

#include <stdexcept>

#include <boost/asio/post.hpp>
#include <sodium/crypto_pwhash.h>
#include <sodium/randombytes.h>

#include "core/network.hpp"
#include "core/text.hpp"

namespace linnet::users {

namespace {

std::exception_ptr overloaded() {
  try {
    fail_overloaded("password check");
  } catch (const problem&) {
    return std::current_exception();
  }
}

}  // namespace

password_hasher::password_hasher(const password_options& options)
    : options_(options),
      jobs_(options.queue_limit, std::max<std::size_t>(1, options.queue_limit / 2)),
      threads_(options.threads) {
  std::string unguessable(32, '\0');
  randombytes_buf(unguessable.data(), unguessable.size());
  nobody_ = hash_now(unguessable);
}

password_hasher::~password_hasher() {
  stop();
}

void password_hasher::stop() {
  threads_.stop();
  threads_.join();
}

std::string password_hasher::hash_now(const std::string& password) const {
  char phc[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(phc, password.data(), password.size(), options_.iterations,
                            options_.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::runtime_error("argon2id ran out of memory");
  }
  return phc;
}

template <class Result>
awaitable<Result> password_hasher::run(storage::deadlines& d, address from, std::function<Result()> task) {
  auto start = [this, from, task = std::move(task)](std::shared_ptr<storage::ticket<Result>> left) mutable {
    auto work = [task = std::move(task), left] {
      storage::resumptions resumed;
      try {
        if (left->set_value(task())) resumed.add(left);
      } catch (const std::exception&) {
        if (left->set_error(std::current_exception())) resumed.add(left);
      }
    };
    queue(network_of(from), {left, std::move(work)});
  };
  return d.wait<Result>(std::move(start));
}

void password_hasher::queue(std::uint64_t network, job next) {
  std::optional<job> refused;
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= options_.queue_limit) {
      jobs_.drop_if([](const job& j) { return j.left->settled(); });
    }
    refused = jobs_.push(network, std::move(next));
    queued_ = jobs_.size() + running_;
  }
  if (refused) {
    storage::resumptions resumed;
    if (refused->left->set_error(overloaded())) resumed.add(refused->left);
  }
  boost::asio::post(threads_, [this] { run_next(); });  // finds nothing where that was refused
}

void password_hasher::run_next() {
  std::optional<job> next;
  {
    const std::lock_guard lock(mutex_);
    do {
      next = jobs_.pop();
    } while (next && next->left->settled());
    if (!next) return;
    ++running_;
  }
  next->work();
  next.reset();
  const std::lock_guard lock(mutex_);
  --running_;
  queued_ = jobs_.size() + running_;
}

awaitable<std::string> password_hasher::hash(storage::deadlines& d, address from, std::string password) {
  std::function<std::string()> task = [this, password = std::move(password)] { return hash_now(password); };
  return run(d, from, std::move(task));
}

// Hashes made before there were prepared passwords are of what was typed.
awaitable<bool> password_hasher::verify(storage::deadlines& d, address from, std::string password,
                                        std::optional<std::string> phc) {
  const bool known = phc.has_value();
  std::string prepared = to_opaque_string(password).value_or(password);
  std::function<bool()> task = [known, stored = known ? std::move(*phc) : nobody_,
                                prepared = std::move(prepared), password = std::move(password)] {
    const auto is_right = [&stored](const std::string& said) {
      return crypto_pwhash_str_verify(stored.c_str(), said.data(), said.size()) == 0;
    };
    return (is_right(prepared) || (prepared != password && is_right(password))) && known;
  };
  return run(d, from, std::move(task));
}

}  // namespace linnet::users
