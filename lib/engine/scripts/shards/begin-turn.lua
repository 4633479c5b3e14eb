--[[
Begins a turn at the limits of a queue with shards, and gives it a number of its own: what goes by an earlier number
changes nothing any more.

ARGV  queue: its name
      holder: who begins it
      leaseMs: for how long nobody else begins one, in ms; whoever takes it over says 0 or more all the same
      takes: whether it is taken from another who has it
      above: a number that a shard knows: that of this turn is greater
      note: the limits of the whole from now on, as JSON; 'none' for none, '' as they are
Returns {the number, the time, the record of the shards or '', the limits or '', what is known of the parts or ''}; nil
        while another has it, and where there is nothing to be done.

Relies on: a time that lies further ahead than a lease is of before the clock was set back. What is known of the parts
goes only when the limits of all shards are lifted, and the number never does.
]]
local known = redis.call('HMGET', shardTurn, 'holder', 'until', 'parts')
local now, endsAt = clock(), tonumber(known[2] or nil) or 0
local isHeld = known[1] and known[1] ~= holder and endsAt > now and endsAt <= now + leaseMs
if isHeld and not takes then return nil end
if not takes and note == '' and redis.call('HEXISTS', shardLimits, queue) == 0 and not known[3] then return nil end
-- The numbers of the shards may be greater where this one was lost.
local last = tonumber(redis.call('HGET', shardTurn, 'turn') or nil) or 0
local turn = math.max(last, above) + 1
redis.call('HSET', shardTurn, 'turn', string.format('%.0f', turn))
if note == 'none' then
  redis.call('HDEL', shardLimits, queue)
elseif note ~= '' then
  redis.call('HSET', shardLimits, queue, note)
end
local limits, parts = redis.call('HGET', shardLimits, queue), known[3]
redis.call('HSET', shardTurn, 'holder', holder, 'until', string.format('%.0f', now + leaseMs))
return { turn, now, redis.call('HGET', shardRecords, queue) or '', limits or '', parts or '' }
