-- Favorites spread over many tweets, given and taken back.
local common = require("common")
local fresh = common.world.fresh

function request()
  return common.toggle_favorite(fresh:any())
end
