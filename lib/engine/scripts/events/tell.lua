--[[
Writes events of a queue into its log.

ARGV  eventLog: the key
      events: per event three: its name; the job that it is of, or ''; what is told with it, or ''
Returns nothing.

An entry is named `<time>-<number>`: the time is that of Redis's clock and never goes back, and the numbers of a log
follow on each other. So whoever reads it sees where some are missing.

Relies on: the log is there, which says that somebody wants it. It is no reason for jobs to fail: what is wrong with the
key, or forbidden, costs events alone.
]]
-- About so many events are kept; what is longer than this, in bytes, is left out of one.
local MOST, LONGEST = 10000, 1000

local newest = redis.pcall('XREVRANGE', eventLog, '+', '-', 'COUNT', 1)
if not newest[1] then return end
local at, number = newest[1][1]:match('^(%d+)-(%d+)$')
at, number = string.format('%.0f', math.max(clock(), tonumber(at))), tonumber(number)
for i = 1, #events, 3 do
  number = number + 1
  local data = tostring(events[i + 2])
  if #data > LONGEST then data = (data:match('^%d+ ') or '') .. 'cut' end
  local id = at .. '-' .. string.format('%.0f', number)
  redis.pcall('XADD', eventLog, 'MAXLEN', '~', MOST, id, 'event', events[i], 'job', events[i + 1], 'data', data)
end
