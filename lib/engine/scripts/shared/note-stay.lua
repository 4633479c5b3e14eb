--[[
Notes until when an ended job stays, where its record says for how long.

ARGV  keptUntil: the key of its queue
      id: the job
      record: as it is stored
      state: 'succeeded' or 'failed'
Returns nothing.

Relies on: the data of a job may have the same text in them. Then a job is noted that says nothing, which has the pruner
look once at its record, and no more.
]]
local staysMs = record:match('"retention":{[^{}]*"' .. state .. 'Ms":(%d+)')
if staysMs then redis.call('ZADD', keptUntil, clock() + tonumber(staysMs), id) end
