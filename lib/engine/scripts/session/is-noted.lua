--[[
Tells whether anything is noted of jobs of the queue: that they are cancelled, that they were removed while they ran, that
their claims have names, that a worker of theirs died, or that a stock worker looked for stalled ones.

Returns true or false.

Relies on: these keys exist only while there is something. Mostly there is not, so one look stands for all.
]]
if hasNotes == nil then
  hasNotes = redis.call('EXISTS', cancelled, losses, stalling, revoked, claimNames) > 0
  if hasNotes then
    redis.call('SCARD', cancelled)
    redis.call('HLEN', losses)
    redis.call('SCARD', revoked)
    redis.call('HLEN', claimNames)
  end
end
return hasNotes
