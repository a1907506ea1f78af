-- The mix of the capacity estimate: nine reads to a write, two favorites to a tweet,
-- and popularity by Zipf's law throughout.
local common = require("common")
local popular_user = common.by_popularity(common.world.users)
local popular_tweet = common.by_popularity(common.world.tweets)
local popular_fresh = common.by_popularity(common.world.fresh)

local function profile(account) return common.get("/api/users/" .. popular_user(), account) end
local function tweets(account) return common.get("/api/users/" .. popular_user() .. "/tweets", account) end
local function followers(account) return common.get("/api/users/" .. popular_user() .. "/followers", account) end
local function timeline(account) return common.get("/api/users/" .. account.username .. "/timeline", account) end
local function tweet(account) return common.get("/api/users/" .. popular_tweet(), account) end
local function post() return common.post_tweet() end
local function favorite() return common.toggle_favorite(popular_fresh()) end

-- Of 30 requests, 27 read and 3 write.
local deck = {}
local function deal(count, kind) for _ = 1, count do deck[#deck + 1] = kind end end
deal(10, profile)
deal(6, tweets)
deal(4, tweet)
deal(5, timeline)
deal(2, followers)
deal(1, post)
deal(2, favorite)

function request()
  return common.pick(deck)(common.pick_account())
end
