-- The newest 20 tweets of any user, all equally likely.
local common = require("common")

function request()
  return common.get("/api/users/" .. common.pick(common.world.users) .. "/tweets", common.pick_account())
end
