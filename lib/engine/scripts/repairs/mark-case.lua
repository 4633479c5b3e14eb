--[[
Keeps what somebody says of a kind of failure, with the time at which they said it.

ARGV  fingerprint: by which the kind is known
      mark: what is said of it, as JSON
      most: how many kinds of one queue may be marked
Returns 1, or 0 when so many others are marked already.

Relies on: what is said is never looked into here; it may be any text.
]]
local isNew = redis.call('HEXISTS', caseMarks, fingerprint) == 0
if isNew and redis.call('HLEN', caseMarks) >= most then return 0 end
redis.call('HSET', caseMarks, fingerprint, string.format('%.0f', clock()) .. ' ' .. mark)
return 1
