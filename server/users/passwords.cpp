#include "users/passwords.hpp"

#include <stdexcept>

#include <sodium/crypto_pwhash.h>
#include <sodium/randombytes.h>

namespace linnet::users {

password_hasher::password_hasher(const password_options& options)
    : options_(options), threads_(options.threads) {
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
awaitable<Result> password_hasher::run(storage::deadlines& d, std::function<Result()> task) {
  if (queued() >= options_.queue_limit) fail_overloaded("password check");
  auto start = [this, task = std::move(task)](std::shared_ptr<storage::ticket<Result>> left) mutable {
    ++queued_;
    boost::asio::post(threads_, [this, task = std::move(task), left] {
      storage::resumptions resumed;
      if (!left->settled()) {
        try {
          if (left->set_value(task())) resumed.add(left);
        } catch (const std::exception&) {
          if (left->set_error(std::current_exception())) resumed.add(left);
        }
      }
      --queued_;
    });
  };
  return d.wait<Result>(std::move(start));
}

awaitable<std::string> password_hasher::hash(storage::deadlines& d, std::string password) {
  std::function<std::string()> task = [this, password = std::move(password)] { return hash_now(password); };
  return run(d, std::move(task));
}

awaitable<bool> password_hasher::verify(storage::deadlines& d, std::string password,
                                        std::optional<std::string> phc) {
  const bool known = phc.has_value();
  std::function<bool()> task = [known, stored = known ? std::move(*phc) : nobody_,
                                password = std::move(password)] {
    return crypto_pwhash_str_verify(stored.c_str(), password.data(), password.size()) == 0 && known;
  };
  return run(d, std::move(task));
}

}  // namespace linnet::users
