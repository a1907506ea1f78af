#include "tweets/json.hpp"

#include "core/json_text.hpp"
#include "users/json.hpp"

namespace linnet::tweets {

void append_tweet(std::string& out, const tweet& t, std::string_view author, std::optional<bool> favorited,
                  std::string_view extra) {
  out.append("{").append(t.members).append(",\"favorites_count\":");
  append_number(out, t.favorites_count);
  out.append(",\"user\":");
  users::append_reference(out, author);
  if (favorited) out.append(",\"viewer\":{\"favorited\":").append(*favorited ? "true" : "false").append("}");
  out.append(extra).append("}");
}

}  // namespace linnet::tweets
