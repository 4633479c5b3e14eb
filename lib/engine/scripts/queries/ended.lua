--[[
Tells of jobs whether they have ended, with the record of each that has.

ARGV  ids: the jobs
Returns per id two: 'succeeded' or 'failed' and the record; 'open' and '' when it has not ended; '' and '' when there
is no such job.

Relies on: an ended job is in one of the two sets; an id there without a record was removed by a stock client.
]]
local hasSucceeded = redis.call('SMISMEMBER', succeeded, unpack(ids))
local hasFailed = redis.call('SMISMEMBER', failed, unpack(ids))
local answers = {}
for i = FIRST, #ids do
  local state, record = '', ''
  if hasSucceeded[i] == 1 or hasFailed[i] == 1 then
    local found = redis.call('HGET', jobs, ids[i])
    if found then
      state, record = hasSucceeded[i] == 1 and 'succeeded' or 'failed', found
    end
  elseif redis.call('HEXISTS', jobs, ids[i]) == 1 then
    state = 'open'
  end
  answers[#answers + 1] = state
  answers[#answers + 1] = record
end
return answers
