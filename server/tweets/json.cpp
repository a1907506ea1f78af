#include "tweets/json.hpp"

namespace linnet::tweets {

void append_tweet(std::string& out, const tweet& t, const users::profile& author,
                  std::optional<bool> favorited, std::string_view extra) {
  out.append("{").append(t.members_json).append(",\"user\":").append(author.reference_json);
  if (favorited) out.append(",\"viewer\":{\"favorited\":").append(*favorited ? "true" : "false").append("}");
  out.append(extra).append("}");
}

}  // namespace linnet::tweets
