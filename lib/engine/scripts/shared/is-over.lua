--[[
Tells whether a job has ended or is gone.

ARGV  id: of the job
Returns true or false.

Relies on: an ended job is in one of the two sets.
]]
return redis.call('HEXISTS', jobs, id) == 0
  or redis.call('SISMEMBER', succeeded, id) == 1
  or redis.call('SISMEMBER', failed, id) == 1
