-- Writes the requests of a scenario to a file, for the open-loop client, and sends none of them:
-- LINNET_COUNT messages of LINNET_SCENARIO to LINNET_REQUESTS, each after a line with its length.
require(os.getenv("LINNET_SCENARIO"))

local start, next_request = init, request

function init()
  start()
  local message = next_request or wrk.format
  local file = assert(io.open(os.getenv("LINNET_REQUESTS"), "wb"))
  for _ = 1, tonumber(os.getenv("LINNET_COUNT")) do
    local bytes = message()
    file:write(#bytes, "\n", bytes)
  end
  file:close()
end

function request()
  return wrk.format("GET", "/healthz")
end
