--[[
Tells of jobs whether they have ended, with the record of each that has.

KEYS  1 jobs  2 succeeded  3 failed
ARGV  ids
Returns per id two: 'succeeded' or 'failed' and the record; 'open' and '' when it has not ended; '' and '' when there
is no such job.

Relies on: an ended job is in one of the two sets; an id there without a record was removed by a stock client.
]]
local jobs, succeeded, failed = KEYS[1], KEYS[2], KEYS[3]

local hasSucceeded = redis.call('SMISMEMBER', succeeded, unpack(ARGV))
local hasFailed = redis.call('SMISMEMBER', failed, unpack(ARGV))
local answers = {}
for i = 1, #ARGV do
  local state, record = '', ''
  if hasSucceeded[i] == 1 or hasFailed[i] == 1 then
    local found = redis.call('HGET', jobs, ARGV[i])
    if found then
      state, record = hasSucceeded[i] == 1 and 'succeeded' or 'failed', found
    end
  elseif redis.call('HEXISTS', jobs, ARGV[i]) == 1 then
    state = 'open'
  end
  answers[#answers + 1] = state
  answers[#answers + 1] = record
end
return answers
