--[[
Returns jobs in active that nobody works on, by bee-queue's own stall protocol: every active id is put into
stalling, whoever works on it takes it out, and what is still there one interval later goes back to waiting.
Differs from bee-queue's script in one point: an id that a live worker of ours claims is never returned.

ARGV  intervalMs: interval in ms
      afresh: whether what was found one interval ago counts for nothing
      incarnations: the incarnations on that list
Returns {the ids that went back, 0}, or, where it looked at nothing, {false, in how many ms to ask again}: the interval is
not over, or the list of incarnations is not complete, and then at the next occasion.

Relies on: the caller read the list of incarnations just before; one that joined since makes the list incomplete. What
is in stallBlock says how long its interval is, but for that of a stock worker, who reads nothing there. One that has
longer to last began before the clock was set back, and begins anew.
]]
if redis.call('ZCARD', workers) ~= #incarnations - FIRST + 1 then return { false, 0 } end
for i = FIRST, #incarnations do
  if not redis.call('ZSCORE', workers, incarnations[i]) then return { false, 0 } end
end
drain('SREM', stalling)
if not redis.call('SET', stallBlock, 'for ' .. intervalMs, 'PX', intervalMs, 'NX') then
  local leftMs = math.max(0, redis.call('PTTL', stallBlock))
  local wholeMs = leftMs > intervalMs and tonumber(redis.call('GET', stallBlock):match('^for (%d+)$') or nil)
  if wholeMs and leftMs > wholeMs then redis.call('PEXPIRE', stallBlock, wholeMs) end
  return { false, math.min(intervalMs, leftMs) }
end

local suspects = afresh and {} or redis.call('SDIFF', stalling, unpack(others))
local returned = {}
for i = 1, #suspects do
  if redis.call('LREM', active, 0, suspects[i]) > 0 then
    redis.call('LPUSH', waiting, suspects[i])
    returned[#returned + 1] = suspects[i]
  end
end
redis.call('DEL', stalling)

local running = redis.call('LRANGE', active, 0, -1)
for i = 1, #running, 1000 do
  redis.call('SADD', stalling, unpack(running, i, math.min(i + 999, #running)))
end
return { returned, 0 }
