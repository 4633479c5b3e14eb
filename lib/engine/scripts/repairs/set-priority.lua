--[[
Gives a waiting or delayed job another priority: replaces its record, and has it come last in its new line.

ARGV  id: the job
      before: the record as read before
      after: the record to store
Returns 1 when it did, 0 when there is no such job, -1 when its record changed since it was read, -2 when it neither
waits nor is delayed, or waits in a group, which has the priority of its carrier.

Relies on: what is in moved is sorted by its record when it is taken from there, at once.
]]
local stored = redis.call('HGET', jobs, id)
if not stored then return 0 end
local isEnded = redis.call('SISMEMBER', succeeded, id) == 1 or redis.call('SISMEMBER', failed, id) == 1
if isEnded or redis.call('HEXISTS', groupOf, id) == 1 or redis.call('LPOS', active, id) then return -2 end
if stored ~= before then return -1 end
local isDelayed = redis.call('ZSCORE', delayed, id)
local lists = isDelayed and {} or waitingLists(before)
prioritise(meta)
redis.call('HSET', jobs, id, after)
for _, list in ipairs(lists) do
  if list ~= moved and pluck(list, id) == 1 then
    redis.call('LPUSH', waiting, id)
    return 1
  end
end
return 1
