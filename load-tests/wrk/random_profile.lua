-- Profiles, each user as likely as any other.
local common = require("common")

function request()
  return common.get("/api/users/" .. common.pick(common.world.users), common.pick_account())
end
