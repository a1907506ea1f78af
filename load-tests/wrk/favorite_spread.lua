-- Favorites spread over many tweets: never the same account and tweet twice.
local common = require("common")
local next_pair = common.unused_pairs("fresh", true)

function request()
  local account, tweet = next_pair()
  return common.put("/api/users/" .. tweet .. "/favorites/" .. account.username, account)
end
