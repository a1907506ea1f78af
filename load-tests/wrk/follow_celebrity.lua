-- Follows of one user, by one account after the other.
local common = require("common")
local next_pair = common.unused_pairs("followed", false)

function request()
  local account, user = next_pair()
  if user == account.username then account, user = next_pair() end
  return common.put("/api/users/" .. user .. "/followers/" .. account.username, account)
end
