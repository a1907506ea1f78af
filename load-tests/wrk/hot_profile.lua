-- The profile of one popular user, over and over: what a cache hit costs.
local common = require("common")
common.always_get("/api/users/" .. common.world.hot:at(1))
