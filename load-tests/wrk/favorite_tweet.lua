-- Favorites spread over many tweets, given and taken back.
local common = require("common")

function request()
  return common.toggle_favorite(common.pick(common.world.fresh))
end
