--[[
Checks what arrive.lua will touch, before anything is written.

ARGV  start: how the keys of the queue begin
Returns nothing.

Relies on: it is called before the first write.
]]
for _, name in ipairs({ 'jobs', 'meta', 'losses', 'addedLines' }) do expect('HLEN', start .. name) end
for _, name in ipairs({ 'delayed', 'failedOrder', 'keptUntil' }) do expect('ZCARD', start .. name) end
expect('LLEN', start .. 'waiting')
expect('SCARD', start .. 'failed')
expect('STRLEN', start .. 'id')
