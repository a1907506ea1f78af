-- What every scenario shares: the world to act in, requests, popularity, and the result.
--
-- wrk runs a script once for each thread, and once more to set up and report. The runner passes
--   LINNET_WORLD     a folder of lists, one item a line (see world_folder.py): accounts (username and token),
--                    users (most popular first), tweets, and fresh ones that nobody favorited yet
--   LINNET_SEED      of everything that is drawn
--   LINNET_FIRST     the number of the first pair that unused_pairs() yields
--   LINNET_RESULT    where to write the figures, as JSON
--   LINNET_STATUSES  "1": count the answers by status (wrk then parses every header for Lua,
--                    which costs a few per cent of the rate)

local common = {}
local folder = os.getenv("LINNET_WORLD")
local seed = tonumber(os.getenv("LINNET_SEED"))

-- The lists of the world, each read when it is first used: scripts do that before they send.
local world = setmetatable({}, { __index = function(lists, name)
  local items = {}
  for line in io.lines(folder .. "/" .. name) do items[#items + 1] = line end
  lists[name] = items
  return items
end })
common.world = world

-- An account is {username, headers}: all that follows the target of its requests, but for the body.
local function parse_account(line)
  local username, token = line:match("^(%S+) (%S+)$")
  return { username = username, headers = " HTTP/1.1\r\nHost: " .. wrk.headers.Host .. "\r\nAuthorization: Bearer " .. token .. "\r\n" }
end

-- The connections of a thread share its accounts; no two threads share one, so that each
-- thread knows what its accounts have favorited.
local accounts = {}
local favorited = {}

function init()
  for i, line in ipairs(world.accounts) do
    if i % thread_count == thread_id % thread_count then accounts[#accounts + 1] = parse_account(line) end
  end
  math.randomseed(seed * 1000 + thread_id)
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

-- A function that yields pairs (account, item of the list), none of them twice, whatever the number of
-- threads: all accounts with one item, then all with the next; or, spread, each with an item of its own.
function common.unused_pairs(name, spread)
  local n, list, everybody = nil, world[name], world.accounts
  return function()
    n = n or tonumber(os.getenv("LINNET_FIRST")) + thread_id - 1
    local round = math.floor(n / #everybody)
    local account = everybody[n % #everybody + 1]
    if type(account) == "string" then
      account = parse_account(account)
      everybody[n % #everybody + 1] = account
    end
    local item = list[(spread and n + round or round) % #list + 1]
    n = n + thread_count
    return account, item
  end
end

-- Requests are put together here: wrk.format() takes several times as long.
function common.get(path, account)
  return "GET " .. path .. account.headers .. "\r\n"
end

function common.put(path, account)
  return "PUT " .. path .. account.headers .. "Content-Length: 0\r\n\r\n"
end

function common.delete(path, account)
  return "DELETE " .. path .. account.headers .. "\r\n"
end

-- Makes the script send one and the same GET: wrk then needs no Lua for it.
function common.always_get(path)
  wrk.path = path
  wrk.headers.Authorization = "Bearer " .. world.accounts[1]:match("%S+$")
end

local posted = 0

-- POST of a tweet unlike any other; more_headers each end in \r\n.
function common.post_tweet(more_headers)
  local account = common.pick_account()
  posted = posted + 1
  local body = string.format('{"content": "Load %d.%d.%d: the river is at %d cm, and rising. 🌊"}',
    seed, thread_id, posted, math.random(80, 240))
  return "POST /api/users/" .. account.username .. "/tweets" .. account.headers .. (more_headers or "")
    .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

-- Favorites tweet, or takes the favorite back where it was given: so each request changes a row.
function common.toggle_favorite(tweet)
  local account = common.pick_account()
  local path = "/api/users/" .. tweet .. "/favorites/" .. account.username
  favorited[path] = not favorited[path]
  return (favorited[path] and common.put or common.delete)(path, account)
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

local function count_statuses()
  local total, counts = {}, {}
  for _, thread in ipairs(threads) do
    for status, count in pairs(thread:get("statuses")) do
      total[status] = (total[status] or 0) + count
    end
  end
  for status, count in pairs(total) do counts[#counts + 1] = string.format('"%d": %d', status, count) end
  return table.concat(counts, ", ")
end

local function distribution(latency)
  local points = {}
  for _, share in ipairs({ 1, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.99 }) do
    points[#points + 1] = string.format('"%g": %d', share, latency:percentile(share))
  end
  return table.concat(points, ", ")
end

function done(summary, latency)
  local errors = summary.errors
  local file = assert(io.open(os.getenv("LINNET_RESULT"), "w"))
  file:write(string.format('{"requests": %d, "seconds": %.6f, "bytes": %d, "max_us": %d, "latency_us": {%s}, ',
    summary.requests, summary.duration / 1e6, summary.bytes, latency.max, distribution(latency)))
  file:write(string.format('"bad_statuses": %d, "socket_errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d}, "statuses": {%s}}\n',
    errors.status, errors.connect, errors.read, errors.write, errors.timeout, count_statuses()))
  file:close()
end

return common
