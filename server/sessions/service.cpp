#include "sessions/service.hpp"

#include <sodium/crypto_generichash.h>
#include <sodium/randombytes.h>

#include "core/base64.hpp"
#include "core/text.hpp"

namespace linnet::sessions {

namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t token_characters = 43;  // in base64url

// An answer is kept for less: no session ends by time meanwhile.
constexpr auto longest_kept = std::chrono::minutes(2);

[[noreturn]] void fail_credentials() {
  throw problem(problem_type::invalid_credentials, "The username or the password is wrong.");
}

std::string hash_of(std::string_view token) {
  std::string hash(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(hash.data()), hash.size(),
                     reinterpret_cast<const unsigned char*>(token.data()), token.size(), nullptr, 0);
  return hash;
}

}  // namespace

session_service::session_service(storage::backends& b, users::user_service& users,
                                 users::password_hasher& passwords, id_generator& ids,
                                 const storage::change_feed& changes, std::chrono::hours lifetime)
    : backends_(b),
      users_(users),
      passwords_(passwords),
      ids_(ids),
      changes_(changes),
      lifetime_(lifetime),
      credentials_(b),
      store_(b),
      by_token_hash_(
          b, {[](const std::string& hash) { return cache_key::session(hash); }, nullptr, nullptr,
              [this](std::vector<std::string> hashes) { return store_.by_token_hash(std::move(hashes)); }}),
      list_(b, list_kind::sessions, storage::time_sorted_list(sessions_page), false) {}

awaitable<std::optional<http::principal>> session_service::authenticate(std::string_view token) {
  if (token.size() != token_characters) co_return std::nullopt;
  std::string hash = hash_of(token);
  session_ptr found;
  if (changes_.memory_is_current()) {
    found = co_await by_token_hash_.get(std::move(hash));
  } else {
    std::vector<std::string> hashes{std::move(hash)};
    const auto stored = co_await store_.by_token_hash(std::move(hashes));
    found = stored.front();
  }
  if (!found || found->expires_at <= now()) co_return std::nullopt;
  if (found->expires_at <= now() + longest_kept) recording::keep_nothing();
  co_return http::principal{found->user, found->id, found->username};
}

awaitable<session_service::login> session_service::create_session(std::string username, std::string password,
                                                                  boost::asio::ip::address from) {
  std::optional<users::user_store::credentials> known;
  if (is_username(username)) known = co_await credentials_.credentials_of(lower_ascii(username));
  std::optional<std::string> phc;
  if (known) phc = known->password_hash;
  const bool right = co_await passwords_.verify(backends_.waits, from, std::move(password), std::move(phc));
  if (!right) fail_credentials();

  std::string secret(token_bytes, '\0');
  randombytes_buf(secret.data(), secret.size());
  login result;
  result.token = to_base64url(secret);
  const auto stamp = ids_.next();
  const session fresh{stamp.id, known->id, lower_ascii(username), stamp.at, stamp.at + lifetime_};
  result.session = std::make_shared<session>(fresh);
  const auto done = co_await store_.create_session(fresh, hash_of(result.token), known->password_hash);
  if (!done.value) fail_credentials();
  backends_.invalidate(done);
  if (!done.value->empty()) co_await storage::change_feed::take_effect();
  std::vector<user_id> ids{known->id};
  const auto users = co_await users_.find_by_id(std::move(ids));
  if (!users.front()) fail_credentials();  // deleted just now
  result.user = users.front();
  co_return result;
}

awaitable<void> session_service::delete_session(user_id user, std::int64_t id, std::int64_t asking) {
  const auto done = co_await store_.delete_session(user, id, asking);
  backends_.invalidate(done);
  co_await storage::change_feed::take_effect();
}

awaitable<storage::id_page> session_service::sessions(user_id user, page_request asked) {
  return list_.read(user, asked);
}

awaitable<std::vector<session_ptr>> session_service::find(user_id user, std::vector<std::int64_t> ids) {
  return store_.by_id(user, std::move(ids));
}

awaitable<purged> session_service::purge() {
  const auto done = co_await store_.purge();
  co_return done.value;
}

}  // namespace linnet::sessions
