--[[
Checks what tally.lua will touch, before anything is written: the batches of these jobs, and the queue of a last job
that may be added.

ARGV  batches: the key of the members
      members: their ids
Returns nothing.

Relies on: the batch and the queue of its last job are known from the entry of a member alone. A last job is added only
where no more members are to come than are named here.
]]
local seen = {}
for i = 1, #members do
  local entry = redis.call('HGET', batches, members[i])
  local batch = entry and entry:sub(2)
  if batch and not seen[batch] then
    seen[batch] = true
    expect('HLEN', batch)
    local facts = redis.call('HMGET', batch, 'total', 'succeeded', 'failed', 'index', 'jobs', 'waiting', 'delayed')
    local ended = (tonumber(facts[2]) or 0) + (tonumber(facts[3]) or 0)
    expect('ZCARD', facts[4])
    if ended + #members >= (tonumber(facts[1]) or 0) then
      expect('HLEN', facts[5])
      expect('LLEN', facts[6])
      expect('ZCARD', facts[7])
    end
  end
end
