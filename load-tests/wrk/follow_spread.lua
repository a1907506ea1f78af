-- Follows spread over many users: never the same two twice.
local common = require("common")
local next_pair = common.unused_pairs("followed", true)

function request()
  local account, user = next_pair()
  if user == account.username then account, user = next_pair() end
  return common.put("/api/users/" .. user .. "/followers/" .. account.username, account)
end
