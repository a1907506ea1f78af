#include "app/statements.hpp"

#include <vector>

#include "cleaning/store.hpp"
#include "connections/store.hpp"
#include "favorites/store.hpp"
#include "sessions/store.hpp"
#include "storage/change_log.hpp"
#include "timelines/timeline.hpp"
#include "tweets/store.hpp"
#include "users/counters.hpp"
#include "users/store.hpp"

namespace linnet::app {

storage::statements all_statements() {
  static const auto all = [] {
    std::vector<const storage::statement*> list;
    for (const auto& domain :
         {users::user_store::statements(), users::delete_user_statements(), users::counter_statements(),
          sessions::session_store::statements(), connections::statements(), tweets::tweet_store::statements(),
          favorites::statements(), timelines::statements(), cleaning::cleaning_store::statements(),
          storage::change_log_statements()}) {
      list.insert(list.end(), domain.begin(), domain.end());
    }
    return list;
  }();
  return all;
}

}  // namespace linnet::app
