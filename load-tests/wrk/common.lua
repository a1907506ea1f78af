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

local ffi = require("ffi")
local common = {}
local folder = os.getenv("LINNET_WORLD")
local seed = tonumber(os.getenv("LINNET_SEED"))

-- A list of lines: their text, and where each begins. A table of a million strings would take seconds to read, in
-- which the thread before sends already, and collecting garbage would stop for it again and again.
local list = {}
list.__index = list

local function read_list(path)
  local text = assert(io.open(path)):read("*a")
  local _, count = text:gsub("\n", "")
  local begins, from = ffi.new("int32_t[?]", count + 1), 1
  for k = 0, count do
    begins[k] = from
    from = (text:find("\n", from, true) or 0) + 1
  end
  return setmetatable({ text = text, begins = begins, count = count }, list)
end

function list:at(k)
  return self.text:sub(self.begins[k - 1], self.begins[k] - 2)
end

function list:any()
  return self:at(math.random(self.count))
end

-- The lists of the world, each read when it is first used: scripts do that before they send.
local world = setmetatable({}, { __index = function(lists, name)
  lists[name] = read_list(folder .. "/" .. name)
  return lists[name]
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
  for i = thread_id, world.accounts.count, thread_count do
    accounts[#accounts + 1] = parse_account(world.accounts:at(i))
  end
  math.randomseed(seed * 1000 + thread_id)
  collectgarbage()
  collectgarbage("setpause", 400)  -- the accounts are many, too
  begun = os.clock()  -- global, as statuses below
end

function common.pick(items)
  return items[math.random(#items)]
end

function common.pick_account()
  return common.pick(accounts)
end

-- A function that picks from list by Zipf's law: item k with a probability as log(1 + 1 / k), which is nearly 1 / k.
function common.by_popularity(from)
  local scale = math.log(from.count + 1)
  return function()
    return from:at(math.min(from.count, math.floor(math.exp(math.random() * scale))))
  end
end

-- A function that yields pairs (account, item of the list), none of them twice, whatever the number of
-- threads: all accounts with one item, then all with the next; or, spread, each with an item of its own.
function common.unused_pairs(name, spread)
  local n, items, everybody = nil, world[name], world.accounts
  local parsed = {}
  return function()
    n = n or tonumber(os.getenv("LINNET_FIRST")) + thread_id - 1
    local round, number = math.floor(n / everybody.count), n % everybody.count + 1
    parsed[number] = parsed[number] or parse_account(everybody:at(number))
    local item = items:at((spread and n + round or round) % items.count + 1)
    n = n + thread_count
    return parsed[number], item
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
  wrk.headers.Authorization = "Bearer " .. world.accounts:at(1):match("%S+$")
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

-- Of wrk, from when the last thread was ready to send.
local function processor_seconds()
  local from = 0
  for _, thread in ipairs(threads) do from = math.max(from, thread:get("begun")) end
  return os.clock() - from
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
  file:write(string.format('{"requests": %d, "seconds": %.6f, "bytes": %d, "processor_seconds": %.2f, "max_us": %d, "latency_us": {%s}, ',
    summary.requests, summary.duration / 1e6, summary.bytes, processor_seconds(), latency.max, distribution(latency)))
  file:write(string.format('"bad_statuses": %d, "socket_errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d}, "statuses": {%s}}\n',
    errors.status, errors.connect, errors.read, errors.write, errors.timeout, count_statuses()))
  file:close()
end

return common
