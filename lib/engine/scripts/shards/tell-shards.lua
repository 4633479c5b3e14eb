--[[
Has a shard tell who adds there of the shards of its queue, see lib/shards/shard-field.ts.

ARGV  change: the number by which it was begun, see lock-record.lua
      text: what it is to tell
      restores: whether only where it tells nothing
Returns 1, or 0 when a later change has told it something, or where it is only to be restored and is there; nothing was
        changed then.

Relies on: the number goes with what is told when the shard is deleted, and comes back with it.
]]
local known = tonumber(redis.call('HGET', meta, 'change') or nil) or 0
if known > change and known < 2 ^ 53 then return 0 end
if restores and redis.call('HEXISTS', meta, 'shards') == 1 then return 0 end
redis.call('HSET', meta, 'shards', text, 'change', string.format('%.0f', change))
return 1
