--[[
Replaces a value in a hash by another one that says the same, such as what was sealed by another key.

ARGV  field: of the hash
      before: the value as read before
      after: the value to store
Returns whether it did: not where the value is another one by now, or gone.

Relies on: whoever holds what was read before, as the worker of a running job, writes its own over it later, and nothing
is lost by that.
]]
if redis.call('HGET', hash, field) ~= before then return 0 end
redis.call('HSET', hash, field, after)
return 1
