--[[
Notes which parts of its limits the shards of a queue have at most, before they are given them.

ARGV  turn: the number of the turn
      parts: the note; '' for none
      releases: whether another may begin the next turn at once
Returns 1, or 0 when another turn has begun and nothing was changed.

Relies on: begin-turn.lua, which gives each turn a number of its own.
]]
if tonumber(redis.call('HGET', shardTurn, 'turn') or nil) ~= turn then return 0 end
if parts == '' then redis.call('HDEL', shardTurn, 'parts') else redis.call('HSET', shardTurn, 'parts', parts) end
if releases then redis.call('HDEL', shardTurn, 'holder', 'until') end
return 1
