-- The home timelines of the accounts.
local common = require("common")

function request()
  local account = common.pick_account()
  return common.get("/api/users/" .. account.username .. "/timeline", account)
end
