--[[
Takes one id out of a list that grows at its left, looking from the end that it is nearer to.

ARGV  list: its key
      id: the job
Returns 1, or 0 when it is not there.

Relies on: ids sort by time but for those that callers made; a wrong guess costs a longer pass, nothing else.
]]
-- Where a pass is short, two more calls to shorten it are no gain.
local LONG = 1000

local length = redis.call('LLEN', list)
local middle = length > LONG and redis.call('LINDEX', list, math.floor(length / 2))
return redis.call('LREM', list, middle and id < middle and -1 or 1, id)
