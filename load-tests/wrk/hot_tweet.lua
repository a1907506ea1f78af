-- One tweet, over and over.
local common = require("common")
common.always_get("/api/users/" .. common.world.hot_tweet:at(1))
