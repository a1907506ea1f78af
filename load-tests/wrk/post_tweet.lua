-- Tweets, each with words of its own, by all of the accounts.
local common = require("common")

request = common.post_tweet
