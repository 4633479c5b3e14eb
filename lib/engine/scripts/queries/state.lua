--[[
Tells the state of jobs.

ARGV  ids: the jobs
Returns per id its state, or '' when the job does not exist.

Relies on: an existing job in none of the sets is in one of the lists, and active is much the shorter.
]]
local answers = {}
for i = FIRST, #ids do
  local id, state = ids[i], 'waiting'
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
