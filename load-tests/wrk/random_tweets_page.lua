-- The newest 20 tweets of any user, all equally likely.
local common = require("common")
local users = common.world.users

function request()
  return common.get("/api/users/" .. users:any() .. "/tweets", common.pick_account())
end
