-- Profiles, each user as likely as any other.
local common = require("common")
local users = common.world.users

function request()
  return common.get("/api/users/" .. users:any(), common.pick_account())
end
