-- Tweets by all of the accounts, each with an Idempotency-Key of its own.
local common = require("common")
local run, key = os.time(), 0

function request()
  key = key + 1
  return common.post_tweet("Idempotency-Key: load-" .. run .. "-" .. thread_id .. "-" .. key .. "\r\n")
end
