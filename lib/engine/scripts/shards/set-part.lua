--[[
Gives a shard another part of the limits of its queue. Tokens go with it: what is too many for a smaller part is taken
out of its bucket and told, and a larger one has no more than before and what is given to it.

ARGV  turn: the number of the turn, which has looked at the shard last
      note: its limits, isLifted, most: see set-limits.lua
      isLifted: likewise
      most: likewise
      burst: how many tokens its bucket holds; 0 for none
      intervalMs: after how many ms each comes; 0 for none
      given: how many tokens it is given
Returns {how many jobs are held, how many tokens were taken, as a text}; nil when another turn has looked, or the shard
        was deleted, and nothing was changed.

Relies on: nobody else changes the limits of a shard; and on the buckets of take-limited.lua.
]]
if tonumber(redis.call('HGET', meta, 'turn') or nil) ~= turn then return nil end
local held, now, tokens, taken = countHeld(), clock(), 0, 0
local isRead, limits = pcall(function() return limitsOf() end)
local rate = isRead and limits and limits.rate
if rate then
  local holds, everyMs = rate.burst or rate.count, rate.perMs / rate.count
  local fullAt = math.max(now, tonumber(redis.call('ZSCORE', rates, '') or nil) or 0)
  -- No bucket owes more than one job can cost; unless the clock was set back since.
  tokens = math.max(holds - (fullAt - now) / everyMs, math.min(0, holds - (rate.most or holds)))
end
if tokens > burst then
  taken, tokens = tokens - burst, burst
end
local missing = burst - math.min(burst, tokens + given)
if missing > 0 then
  redis.call('ZADD', rates, string.format('%.3f', now + missing * intervalMs), '')
else
  redis.call('ZREM', rates, '')
end
setLimits(note, isLifted, most)
return { held, string.format('%.6f', taken) }
