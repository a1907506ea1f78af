-- Favorites of one tweet, by one account after the other.
local common = require("common")
local next_pair = common.unused_pairs("fresh", false)

function request()
  local account, tweet = next_pair()
  return common.put("/api/users/" .. tweet .. "/favorites/" .. account.username, account)
end
