--[[
Reads what is kept of the signals of a job: its birth and the names that it waits for, each behind a space, on the first
line; on each further line a signal: its name, when it came, the token of who sent it, its data as JSON.

ARGV  id: the job
      born: its birth, which tells it from another job that had its id before
Returns the names with the spaces, and the lines with a line break before each; both '' where nothing is kept of it.

Relies on: no name has a space or a line break, and JSON as we write it has no line break.
]]
local text = redis.call('HGET', signals, id)
local of, awaited, lines = (text or ''):match('^(%S+)([^\n]*)(.*)$')
if of ~= born then return '', '' end
return awaited, lines
