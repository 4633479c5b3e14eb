--[[
Writes down what is to be done in another queue, whose slot no script reaches from here, for whoever carries it there.

ARGV  start: how the keys of this queue begin
      to: the other queue
      fields: what is to be done, names and values: see receive.lua
Returns nothing.

Relies on: the types of both keys were checked. The stream stays when it is empty, so that each of its ids comes after
all that were given before.
]]
local id = redis.call('XADD', start .. 'handover:' .. to, '*', unpack(fields))
redis.call('HSET', start .. 'handovers', to, id)
