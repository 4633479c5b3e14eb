--[[
Tells where jobs go back to that are to be taken next.

Returns the key: front where the queue has limits, else waiting.

Relies on: the right end of either is served first.
]]
return redis.call('HEXISTS', meta, 'limits') == 1 and front or waiting
