-- The newest 20 tweets of one popular user who has as many.
local common = require("common")
common.always_get("/api/users/" .. common.world.hot:at(1) .. "/tweets")
