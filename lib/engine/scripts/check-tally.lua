--[[
Checks what tally.lua will touch, before anything is written: the batches of these jobs, and the queue of a last job that
may be added.

KEYS  1 batches
ARGV  those of tally.lua
Returns nothing.

Relies on: the batch and the queue of its last job are known from the entry of a member alone. A last job is added only
where no more members are to come than are named here. Other scripts call this one as `checkTally`.
]]
local batches, named = KEYS[1], #ARGV - 1

local seen = {}
for i = 2, #ARGV do
  local entry = redis.call('HGET', batches, ARGV[i])
  local batch = entry and entry:sub(2)
  if batch and not seen[batch] then
    seen[batch] = true
    expect('HLEN', batch)
    local facts = redis.call('HMGET', batch, 'total', 'succeeded', 'failed', 'index', 'jobs', 'waiting', 'delayed')
    local ended = (tonumber(facts[2]) or 0) + (tonumber(facts[3]) or 0)
    expect('ZCARD', facts[4])
    if ended + named >= (tonumber(facts[1]) or 0) then
      expect('HLEN', facts[5])
      expect('LLEN', facts[6])
      expect('ZCARD', facts[7])
    end
  end
end
