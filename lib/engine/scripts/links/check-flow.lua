--[[
Checks what advance.lua will touch of a workflow, before anything is written: itself, its index, and the queues of all
its steps.

ARGV  flow: its key
Returns nothing.

Relies on: a workflow says which queues it has; one that is not there has none.
]]
-- Not more than it may have steps, see advance.lua.
local MOST_QUEUES = 10000

local facts = redis.pcall('HMGET', flow, 'index', 'queues', 'queue:0')
if facts.err then expect('HLEN', flow) end
expect('ZCARD', facts[1])
for at = 0, (countOf(facts[2], MOST_QUEUES) or 0) - 1 do
  local start = at == 0 and facts[3] or redis.call('HGET', flow, 'queue:' .. at)
  if start and start:sub(1, 1) == '>' then
    checkHandOver(facts[3], start:sub(2))
  elseif start then
    expect('HLEN', start .. 'jobs')
    expect('LLEN', start .. 'waiting')
    expect('ZCARD', start .. 'delayed')
    expect('HLEN', start .. 'steps')
  end
end
