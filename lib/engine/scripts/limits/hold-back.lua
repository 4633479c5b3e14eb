--[[
Holds a queue back, or one key of it: nothing of it is taken until the time is over.

ARGV  id: the job whose attempt asks for it
      key: the key, or '' for the whole queue
      forMs: for how long, in ms
Returns 1, or 0 when the claim of the job is gone and nothing was changed.

Relies on: no key begins with a control character, so a hold stands in rates beside the bucket of its key, behind a
mark; take-limited.lua drops both when their time is over. A note of limits without any in it has takes ask that script.
The field holds of meta says until when there are some at all, so that who has none looks no further.
]]
if redis.call('SISMEMBER', claims, id) == 0 then return 0 end
local at = clock() + forMs
redis.call('ZADD', rates, 'GT', at, '\1' .. key)
local latest = math.max(at, tonumber(redis.call('HGET', meta, 'holds') or nil) or 0)
redis.call('HSET', meta, 'holds', string.format('%.0f', latest))
redis.call('HSETNX', meta, 'limits', '{}')
return 1
