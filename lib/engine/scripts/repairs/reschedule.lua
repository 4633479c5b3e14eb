--[[
Gives a waiting or delayed job another time, and replaces its record.

ARGV  id: the job
      before: the record as read before
      after: the record to store
      dueAt: when it is due then, epoch ms
Returns 1 when it did, 0 when there is no such job, -1 when its record changed since it was read, or it is just being
moved, -2 when it neither waits nor is delayed, or waits in a group.

Relies on: a delayed job is in no list. What is in moved is taken from there at once.
]]
expect('LLEN', waiting)
local stored = redis.call('HGET', jobs, id)
if not stored then return 0 end
local isDelayed = redis.call('ZSCORE', delayed, id)
if not isDelayed then
  local isEnded = redis.call('SISMEMBER', succeeded, id) == 1 or redis.call('SISMEMBER', failed, id) == 1
  if isEnded or redis.call('HEXISTS', groupOf, id) == 1 or redis.call('LPOS', active, id) then return -2 end
end
if stored ~= before then return -1 end
local function isTakenOut()
  for _, list in ipairs(waitingLists(before)) do
    if list ~= moved and pluck(list, id) == 1 then return true end
  end
  return false
end
if not isDelayed and not isTakenOut() then return -1 end
local _, _, priority, isFront = keyOf(after)
if priority ~= 4 or isFront then prioritise(meta) end
redis.call('HSET', jobs, id, after)
delay(delayed, earlierDelayed, { dueAt, id })
return 1
