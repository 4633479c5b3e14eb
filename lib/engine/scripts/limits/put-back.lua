--[[
Puts back into waiting what stands in lines, as far as no worker is left that serves those: a stock worker takes from
waiting alone. What would be served first is served first there too.

ARGV  most: how many jobs at most
Returns 1 when there may be more, else 0.

Relies on: what is served first is at the right end of any list, and at the front of turns. A worker that comes
meanwhile sorts anew what is back in waiting.
]]
local LINES = 250
if redis.call('ZCOUNT', workers, clock(), '+inf') > 0 then return 0 end

-- What may not run yet is the last to be served.
local standings = {}
for i, key in ipairs({ pending, turns }) do
  standings[i] = { key = key, lines = redis.call('ZREVRANGE', key, 0, LINES - 1) }
  for _, line in ipairs(standings[i].lines) do expect('LLEN', lineStart .. line) end
end

local moved = 0
local function isEmptied(list)
  local ids = moved < most and redis.call('LPOP', list, most - moved) or {}
  if #ids > 0 then redis.call('RPUSH', waiting, unpack(ids)) end
  moved = moved + #ids
  return redis.call('EXISTS', list) == 0
end

for _, standing in ipairs(standings) do
  for _, line in ipairs(standing.lines) do
    if not isEmptied(lineStart .. line) then return 1 end
    redis.call('ZREM', standing.key, line)
  end
  if redis.call('EXISTS', standing.key) == 1 then return 1 end
end
if not isEmptied(front) then return 1 end
redis.call('DEL', aging, waitingSince)
return 0
