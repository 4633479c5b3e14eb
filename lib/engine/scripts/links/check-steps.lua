--[[
Checks what advance.lua will touch, before anything is written: the workflows of these jobs, and the queues of all their
steps.

ARGV  steps: the key of the steps
      ids: the jobs
Returns nothing.

Relies on: the workflow and its queues are known from the entry of a step alone.
]]
local looked = {}
local entries = #ids > 0 and redis.call('HMGET', steps, unpack(ids)) or {}
for i = 1, #ids do
  local flow, home = (entries[i] or ''):match('^%d+ (.+)$'), (entries[i] or ''):match('^[pf]%d+ (%S+) ')
  if home then checkHandOver(steps:match('^(.*:)steps'), home) end
  if flow and not looked[flow] then
    looked[flow] = true
    checkFlow(flow)
  end
end
