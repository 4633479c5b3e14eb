--[[
Tells which lines wait for a limit that does not hold them back any more.

ARGV  perKey: the limits per key
      heldUntil: until when something of the queue is held back, epoch ms; nil or false where nothing is
      most: how many at most
Returns their names, some of which may have to wait again.

Relies on: no bucket is full later than its span from now, and no hold lasts longer than the queue notes. A line that
waits for a later time has waited since before the clock was set back.
]]
local rate = perKey.rate
-- Without limits per key nothing is left to wait for.
local due = (perKey.concurrency or rate or heldUntil) and clock() or '+inf'
local lines = redis.call('ZRANGEBYSCORE', pending, '-inf', due, 'LIMIT', 0, most)
local function also(from, to)
  local more = #lines < most and redis.call('ZRANGEBYSCORE', pending, from, to, 'LIMIT', 0, most - #lines) or {}
  for i = 1, #more do lines[#lines + 1] = more[i] end
end
if heldUntil and not perKey.concurrency then also('+inf', '+inf') end
if rate then
  local latest = clock() + (rate.burst or rate.count) * rate.perMs / rate.count
  also(string.format('(%.0f', math.ceil(math.max(latest, heldUntil or 0))), '(inf')
end
return lines
