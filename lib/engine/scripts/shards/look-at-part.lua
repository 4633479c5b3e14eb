--[[
Looks what part of the limits of its queue a shard has, and how many jobs it runs and could begin; from then on no
earlier turn changes the part.

ARGV  turn: the number of the turn
      most: no more jobs that wait are counted than this
Returns {its limits as they are noted, or ''; how many may wait, as noted, or ''; how many jobs are held; how many could
        begin if only the limits of the whole let them}; the number of a later turn that has looked.

Relies on: a line that waits for a limit of its key is in pending, and one whose next job may run is in turns.
]]
local MOST_LINES = 100
local known = tonumber(redis.call('HGET', meta, 'turn') or nil) or 0
if known > turn and known < 2 ^ 52 then return known end
local noted = redis.call('HMGET', meta, 'limits', 'maxWaiting', 'paused')
local isRead, limits = pcall(function() return limitsOf() end)
local perKey = isRead and limits and limits.perKey and limits.perKey.concurrency
local held, ready = countHeld(), 0
local heldUntil = tonumber(redis.call('ZSCORE', rates, '\1') or nil) or 0
if not noted[3] and heldUntil <= clock() then
  ready = expect('LLEN', waiting) + expect('LLEN', front) + expect('LLEN', moved)
  local lines = redis.call('ZRANGE', turns, 0, MOST_LINES - 1)
  ready = ready + math.max(0, redis.call('ZCARD', turns) - #lines)
  for _, line in ipairs(lines) do
    if ready >= most then break end
    local length = expect('LLEN', lineStart .. line)
    ready = ready + (perKey and line ~= '' and math.min(perKey, length) or length)
  end
end
redis.call('HSET', meta, 'turn', string.format('%.0f', turn))
return { noted[1] or '', noted[2] or '', held, math.min(ready, most) }
