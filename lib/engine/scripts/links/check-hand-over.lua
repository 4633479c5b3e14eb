--[[
Checks what hand-over.lua will touch, before anything is written.

ARGV  start: how the keys of this queue begin
      to: the other queue
Returns nothing.

Relies on: it is called before the first write.
]]
expect('XLEN', start .. 'handover:' .. to)
expect('HLEN', start .. 'handovers')
