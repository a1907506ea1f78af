-- What every scenario shares: the world to act in, requests, popularity, and the result.
--
-- wrk runs a script once for each thread, and once more to set up and report. The runner passes
--   LINNET_WORLD     a Lua file with accounts {username, token}, users (most popular first),
--                    tweets {user, id} to read, and fresh {user, id} that nobody favorited yet
--   LINNET_RESULT    where to write the figures, as JSON
--   LINNET_STATUSES  "1": count the answers by status (wrk then parses every header for Lua,
--                    which costs a few per cent of the rate)

local common = { world = dofile(os.getenv("LINNET_WORLD")) }
local world = common.world

-- The connections of a thread share its accounts; no two threads share one, so that each
-- thread knows what its accounts have favorited.
local accounts = world.accounts
local favorited = {}

function init()
  local own = {}
  for i, account in ipairs(world.accounts) do
    if i % thread_count == thread_id % thread_count then own[#own + 1] = account end
  end
  accounts = own
  math.randomseed(world.seed * 1000 + thread_id)
end

function common.pick(list)
  return list[math.random(#list)]
end

function common.pick_account()
  return common.pick(accounts)
end

-- A function that picks from list by Zipf's law: item k with a probability as 1 / k.
function common.by_popularity(list)
  local sums, sum = {}, 0
  for k = 1, #list do
    sum = sum + 1 / k
    sums[k] = sum
  end
  return function()
    local point, low, high = math.random() * sum, 1, #list
    while low < high do
      local middle = math.floor((low + high) / 2)
      if sums[middle] < point then low = middle + 1 else high = middle end
    end
    return list[low]
  end
end

function common.get(path, account)
  return wrk.format("GET", path, { Authorization = "Bearer " .. account.token })
end

-- Makes the script send one and the same GET: wrk then needs no Lua for it.
function common.always_get(path)
  wrk.path = path
  wrk.headers.Authorization = "Bearer " .. world.accounts[1].token
end

local posted = 0

-- POST of a tweet unlike any other.
function common.post_tweet()
  local account = common.pick_account()
  posted = posted + 1
  local content = string.format("Load %d.%d.%d: the river is at %d cm, and rising. 🌊",
    world.seed, thread_id, posted, math.random(80, 240))
  return wrk.format("POST", "/api/users/" .. account.username .. "/tweets",
    { Authorization = "Bearer " .. account.token, ["Content-Type"] = "application/json" },
    '{"content": "' .. content .. '"}')
end

-- Favorites tweet, or takes the favorite back where it was given: so each request changes a row.
function common.toggle_favorite(tweet)
  local account = common.pick_account()
  local pair = account.username .. tweet.id
  local method = favorited[pair] and "DELETE" or "PUT"
  favorited[pair] = not favorited[pair]
  return wrk.format(method,
    "/api/users/" .. tweet.user .. "/tweets/" .. tweet.id .. "/favorites/" .. account.username,
    { Authorization = "Bearer " .. account.token }, "")
end

statuses = {}  -- global, so that done() can read it out of each thread

if os.getenv("LINNET_STATUSES") == "1" then
  function response(status)
    statuses[status] = (statuses[status] or 0) + 1
  end
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("thread_id", #threads)
  thread:set("thread_count", tonumber(os.getenv("LINNET_THREADS")))
end

function done(summary, latency)
  local total = {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do
      total[status] = (total[status] or 0) + count
    end
  end
  local counts = {}
  for status, count in pairs(total) do counts[#counts + 1] = string.format('"%d": %d', status, count) end

  local errors = summary.errors
  local file = assert(io.open(os.getenv("LINNET_RESULT"), "w"))
  file:write(string.format('{"requests": %d, "seconds": %.6f, "bytes": %d, "p50_us": %d, "p90_us": %d, "p99_us": %d, "max_us": %d, ',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
  file:write(string.format('"bad_statuses": %d, "socket_errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d}, "statuses": {%s}}\n',
    errors.status, errors.connect, errors.read, errors.write, errors.timeout, table.concat(counts, ", ")))
  file:close()
end

return common
