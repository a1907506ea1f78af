-- Tweets, each with words of its own, by all of the accounts.
local common = require("common")

function request()
  return common.post_tweet()
end
