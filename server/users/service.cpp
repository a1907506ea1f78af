#include "users/service.hpp"

#include "core/text.hpp"
#include "storage/change_feed.hpp"
#include "storage/codec.hpp"

namespace linnet::users {

namespace {

constexpr char id_version = 1;

std::string encode_id(const user_id& id) {
  storage::encoder out(id_version);
  return std::move(out.add(std::int64_t{id})).bytes();
}

std::shared_ptr<const user_id> decode_id(std::string_view bytes) {
  storage::decoder in(bytes, id_version);
  const auto id = static_cast<user_id>(in.number());
  return in.complete() ? std::make_shared<const user_id>(id) : nullptr;
}

}  // namespace

user_service::user_service(storage::backends& b, password_hasher& passwords)
    : backends_(b),
      passwords_(passwords),
      store_(b),
      ids_(b, {[](const std::string& name) { return cache_key::username(name); }, encode_id, decode_id,
               [this](std::vector<std::string> names) { return fetch_ids(std::move(names)); }}),
      profiles_(b, {[](const user_id& id) { return cache_key::user(id); }, encode_profile, decode_profile,
                    [this](std::vector<user_id> ids) { return store_.by_id(std::move(ids)); }}),
      relations_(
          b, {[](const user_pair& pair) { return cache_key::relation(pair.first, pair.second); }, nullptr,
              nullptr, [this](std::vector<user_pair> pairs) { return fetch_relations(std::move(pairs)); }}),
      followees_(b,
                 {[](const user_id& id) { return cache_key::followee_ids(id); }, encode_id_set, decode_id_set,
                  [this](std::vector<user_id> ids) { return store_.followee_ids(std::move(ids)); }}),
      followers_(b,
                 {[](const user_id& id) { return cache_key::follower_ids(id); }, encode_id_set, decode_id_set,
                  [this](std::vector<user_id> ids) { return store_.follower_ids(std::move(ids)); }}) {}

awaitable<user_id> user_service::id_of(std::string_view username) {
  if (!is_username(username)) fail_not_found("user");
  const auto id = co_await ids_.get(lower_ascii(username));
  if (!id) fail_not_found("user");
  co_return *id;
}

awaitable<profile_ptr> user_service::get_user(std::string_view username) {
  if (!is_username(username)) fail_not_found("user");
  std::string name = lower_ascii(username);
  profile_ptr found;
  if (ids_.admits(name)) {
    const auto id = co_await ids_.get(std::move(name));
    if (id) found = co_await profiles_.get(*id);
  } else {
    found = co_await read_by_name(std::move(name));
  }
  if (!found) fail_not_found("user");
  co_return found;
}

// One read instead of two.
awaitable<profile_ptr> user_service::read_by_name(std::string lower_name) {
  const auto begin = backends_.memory.now();
  std::vector<std::string> names{lower_name};
  const auto profiles = co_await store_.by_username(std::move(names));
  const auto& found = profiles.front();
  if (!found) co_return nullptr;
  const user_id id = found->id;
  ids_.offer(lower_name, std::make_shared<const user_id>(id), begin);
  const bool late = backends_.reads.may_be_late(cache_key::user(id), cache_key::username(lower_name));
  if (late) co_return co_await profiles_.get(id);
  profiles_.offer(id, found, begin);
  co_return found;
}

awaitable<std::vector<profile_ptr>> user_service::find_by_name(const std::vector<std::string>& usernames) {
  std::vector<std::string> names;
  for (const auto& name : usernames) {
    if (is_username(name)) names.push_back(lower_ascii(name));
  }
  const auto ids = co_await ids_.get_many(std::move(names));
  std::vector<user_id> known;
  for (const auto& id : ids) {
    if (id) known.push_back(*id);
  }
  co_return co_await profiles_.get_many(std::move(known));
}

awaitable<std::vector<profile_ptr>> user_service::find_by_id(std::vector<user_id> ids) {
  return profiles_.get_many(std::move(ids));
}

awaitable<std::vector<standing>> user_service::standings(user_id viewer, const std::vector<user_id>& others) {
  if (others.empty()) co_return std::vector<standing>();
  const auto followees = co_await followees_.get(viewer);
  const auto followers = co_await followers_.get(viewer);
  std::vector<std::shared_ptr<const relation>> pairs;
  if (!followees->complete || !followers->complete) {
    std::vector<user_pair> wanted;
    for (const auto other : others) wanted.push_back({viewer, other});
    pairs = co_await relations_.get_many(std::move(wanted));
  }
  std::vector<standing> result(others.size());
  for (std::size_t i = 0; i < others.size(); ++i) {
    auto& [following, followed_by] = result[i];
    const auto pair = pairs.empty() || !pairs[i] ? relation{} : *pairs[i];
    following = followees->complete ? followees->contains(others[i]) : pair.following_since.has_value();
    followed_by = followers->complete ? followers->contains(others[i]) : pair.followed_since.has_value();
  }
  co_return result;
}

awaitable<relation> user_service::relation_of(user_id first, user_id second) {
  const auto found = co_await relations_.get({first, second});
  co_return found ? *found : relation{};
}

awaitable<id_set_ptr> user_service::followees_of(user_id user) {
  return followees_.get(user);
}

awaitable<profile_ptr> user_service::register_user(new_user user, std::string password,
                                                   boost::asio::ip::address from) {
  user.password_hash = co_await passwords_.hash(backends_.waits, from, std::move(password));
  const auto done = co_await store_.register_user(std::move(user));
  backends_.invalidate(done);
  co_return done.value;
}

awaitable<profile_ptr> user_service::update_user(user_id id, profile_changes changes,
                                                 std::function<void(const profile&)> expect) {
  const auto done = co_await store_.update_user(id, std::move(changes), std::move(expect));
  backends_.invalidate(done);
  co_return done.value;
}

awaitable<void> user_service::change_password(user_id id, std::string username, std::string current,
                                              std::string next, std::int64_t session,
                                              std::function<void(const profile&)> expect,
                                              boost::asio::ip::address from) {
  auto stored = co_await store_.credentials_of(std::move(username));
  std::optional<std::string> phc;
  if (stored && stored->id == id) phc = stored->password_hash;
  const bool right = co_await passwords_.verify(backends_.waits, from, std::move(current), std::move(phc));
  if (!right) fail_wrong_password();
  auto hash = co_await passwords_.hash(backends_.waits, from, std::move(next));
  const auto done = co_await store_.change_password(id, session, std::move(stored->password_hash),
                                                    std::move(hash), std::move(expect));
  backends_.invalidate(done);
  if (!done.value.empty()) co_await storage::change_feed::take_effect();
}

awaitable<void> user_service::delete_user(user_id id, std::int64_t session,
                                          std::function<void(const profile&)> expect) {
  const auto done = co_await store_.delete_user(id, session, std::move(expect));
  backends_.invalidate(done);
  backends_.rows_left = true;
  co_await storage::change_feed::take_effect();
}

awaitable<std::vector<std::shared_ptr<const user_id>>> user_service::fetch_ids(
    std::vector<std::string> names) {
  const auto profiles = co_await store_.by_username(std::move(names));
  std::vector<std::shared_ptr<const user_id>> ids;
  for (const auto& p : profiles) ids.push_back(p ? std::make_shared<const user_id>(p->id) : nullptr);
  co_return ids;
}

awaitable<std::vector<std::shared_ptr<const relation>>> user_service::fetch_relations(
    std::vector<user_pair> pairs) {
  const auto found = co_await store_.relations(std::move(pairs));
  std::vector<std::shared_ptr<const relation>> relations;
  for (const auto& r : found) {
    const bool exists = r.following_since || r.followed_since;
    relations.push_back(exists ? std::make_shared<const relation>(r) : nullptr);
  }
  co_return relations;
}

}  // namespace linnet::users
