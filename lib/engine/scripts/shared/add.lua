--[[
Counts in a hash, and anew where no number is stored.

ARGV  key: of the hash
      field: in it
      by: how many
Returns the sum.

Relies on: the type of the key was checked.
]]
local sum = redis.pcall('HINCRBY', key, field, by)
if type(sum) == 'number' then return sum end
redis.call('HSET', key, field, by)
return by
