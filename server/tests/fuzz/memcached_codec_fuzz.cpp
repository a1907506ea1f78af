// Values of memcached: any bytes decode to nothing or to an object that is safe to use; what was encoded
// comes back.
#include "storage/codec.hpp"
#include "storage/id_array.hpp"
#include "tests/fuzz/property.hpp"
#include "tweets/tweet.hpp"
#include "users/id_set.hpp"
#include "users/profile.hpp"

namespace linnet {
namespace {

// Decoding forgets at most what the bytes said beyond a number's range: after that they come back as they
// are.
template <class Decode, class Encode>
void settles(std::string_view bytes, Decode decode, Encode encode) {
  const auto found = decode(bytes);
  if (!found) return;
  const std::string again = encode(*found);
  const auto same = decode(again);
  fuzz::require(same && encode(*same) == again, "what was encoded comes back");
  for (std::size_t cut = 0; cut < again.size(); cut += 7)
    fuzz::require(!decode(std::string_view(again).substr(0, cut)), "what was cut is nothing");
  fuzz::require(!decode(again + "x"), "what has more is nothing");
}

void any_bytes(std::string_view bytes) {
  settles(bytes, users::decode_profile, users::encode_profile);
  settles(bytes, tweets::decode_tweet, tweets::encode_tweet);
  settles(bytes, users::decode_id_set, users::encode_id_set);
  if (const auto p = users::decode_profile(bytes))
    fuzz::require(p->reference().size() <= p->members.size(), "a reference is part of the members");
  (void)storage::parse_id_array<user_id>(bytes);
}

void objects(FuzzedDataProvider& input) {
  users::profile p;
  p.id = input.ConsumeIntegral<user_id>();
  p.username = input.ConsumeRandomLengthString(15);
  const std::string first = input.ConsumeRandomLengthString(50), last = input.ConsumeRandomLengthString(50);
  const std::string about = input.ConsumeRandomLengthString(160);
  const auto at = from_unix_micros(input.ConsumeIntegralInRange<std::int64_t>(0, 253'402'300'799'999'999));
  p.render({first, last, about}, at, at);
  p.tweets_count = input.ConsumeIntegral<std::int64_t>();
  const auto profile = users::decode_profile(users::encode_profile(p));
  fuzz::require(profile && profile->members == p.members && profile->reference() == p.reference() &&
                    profile->id == p.id && profile->tweets_count == p.tweets_count,
                "a profile survives");
  tweets::tweet t;
  t.id = input.ConsumeIntegral<tweet_id>();
  t.render(about, at);
  const auto tweet = tweets::decode_tweet(tweets::encode_tweet(t));
  fuzz::require(tweet && tweet->members == t.members && tweet->id == t.id, "a tweet survives");
  std::vector<user_id> ids;
  while (input.remaining_bytes() > 0) ids.push_back(input.ConsumeIntegral<user_id>());
  const auto set = users::make_id_set(ids, 100);
  const auto same = users::decode_id_set(users::encode_id_set(*set));
  fuzz::require(same && same->ids == set->ids && same->complete == set->complete &&
                    same->complete == (ids.size() <= 100),
                "a set survives");
  fuzz::require(ids.empty() || !set->complete || set->contains(ids.front()), "a set has what it was made of");
}

}  // namespace
}  // namespace linnet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace linnet;
  if (size == 0) return 0;
  any_bytes({reinterpret_cast<const char*>(data), size});
  FuzzedDataProvider input(data, size);
  objects(input);
  return 0;
}
