--[[
Tells whether anything is noted of jobs of the queue: that they are cancelled, that they were removed while they ran,
that their claims have names, that a worker of theirs died, or that a stock worker looked for stalled ones. It also
finds out whether events of the queue are wanted: then isHeard is true.

Returns true or false.

Relies on: these keys exist only while there is something. Mostly there is not, so one look stands for all.
]]
if hasNotes == nil then
  local count = redis.call('EXISTS', cancelled, losses, stalling, revoked, claimNames, eventLog)
  isHeard = count > 0 and redis.call('EXISTS', eventLog) == 1
  hasNotes = count > (isHeard and 1 or 0)
  if hasNotes then
    redis.call('SCARD', cancelled)
    redis.call('HLEN', losses)
    redis.call('SCARD', revoked)
    redis.call('HLEN', claimNames)
  end
end
return hasNotes
