--[[
Tells the state of jobs.

KEYS  1 waiting  2 active  3 delayed  4 succeeded  5 failed  6 jobs
ARGV  ids
Returns per id its state, or '' when the job does not exist.

Relies on: an existing job in none of the sets is in one of the lists, and active is much the shorter.
]]
local waiting, active, delayed, succeeded, failed, jobs = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]

local answers = {}
for i = 1, #ARGV do
  local id, state = ARGV[i], 'waiting'
  if redis.call('SISMEMBER', succeeded, id) == 1 then
    state = 'succeeded'
  elseif redis.call('SISMEMBER', failed, id) == 1 then
    state = 'failed'
  elseif redis.call('ZSCORE', delayed, id) then
    state = 'delayed'
  elseif redis.call('LPOS', active, id) then
    state = 'active'
  elseif redis.call('HEXISTS', jobs, id) == 0 then
    state = ''
  end
  answers[i] = state
end
return answers
