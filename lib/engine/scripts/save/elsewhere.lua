--[[
Finds out whether who adds to a shard goes by too old a number of shards, see lib/shards/shard-field.ts.

ARGV  meta: the meta of the queue
      mark: the number of the change by which it goes; '' for none, '*' for who means this very queue; nil likewise
Returns the error that it is to be told, with what there is now; nil where it may add here, as it always may where the
        queue has no shards, or where what it says of them is none of ours.

Relies on: what it says is a number of at most twelve digits, a space and JSON, which is read by who is told of it.
]]
if not mark or mark == '*' then return nil end
local text = redis.call('HGET', meta, 'shards')
if not text or #text > 1000 then return nil end
local change = text:match('^(%d+) ')
if not change or #change > 12 or (tonumber(mark) or -1) >= tonumber(change) then return nil end
return redis.error_reply('SHARDED ' .. text)
