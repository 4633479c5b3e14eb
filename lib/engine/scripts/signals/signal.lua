--[[
Keeps a signal for a job that has not ended; one that waits for it is due at once. The first of a name counts.

ARGV  id: the job
      name: of the signal
      born: the birth of the job as read before, or '-' where its record has none
      token: a token that no other call has
      data: as JSON
      mostNames: how many signals a job keeps at most
      mostBytes: how long they are at most together
Returns 'created', also for this very command sent again; 'known' when it has one of that name; or, nothing changed,
        'none' when there is no such job, 'ended', 'grouped' when it waits in a group, 'changed' when another job has
        the id by now, 'many' or 'long'.

Relies on: a job that waits for a signal is in delayed, and in no list; it is noted as waiting until its next attempt
has ended. The birth is the time that its options begin with, which nothing changes.
]]
local record = redis.call('HGET', jobs, id)
if not record then return 'none' end
if redis.call('SISMEMBER', succeeded, id) == 1 or redis.call('SISMEMBER', failed, id) == 1 then return 'ended' end
if redis.call('HEXISTS', groupOf, id) == 1 then return 'grouped' end
local birth = '"timestamp":' .. born
-- What another program wrote may have spaces in it; to look for those takes longer.
local isSame = born == '-' or record:find(birth .. ',', 1, true) or record:find(birth .. '}', 1, true)
  or record:find('"timestamp"%s*:%s*' .. born .. '%s*[,}]')
if not isSame then return 'changed' end

local awaited, lines = signalsOf(id, born)
local line = '\n' .. name .. ' '
local _, known = lines:find(line, 1, true)
if known then return lines:match('^%d+ (%S+)', known + 1) == token and 'created' or 'known' end
local _, count = lines:gsub('\n', '\n')
if count >= mostNames then return 'many' end
if #lines + #line + #data > mostBytes then return 'long' end

local isAwaited = (awaited .. ' '):find(' ' .. name .. ' ', 1, true) ~= nil
local at = string.format('%.0f', clock())
local left = isAwaited and '' or awaited
redis.call('HSET', signals, id, born .. left .. lines .. line .. at .. ' ' .. token .. ' ' .. data)
if isAwaited and redis.call('ZREM', delayed, id) == 1 then redis.call('LPUSH', waiting, id) end
if redis.call('EXISTS', eventLog) == 1 then tell(eventLog, { 'signalled', id, name }) end
return 'created'
