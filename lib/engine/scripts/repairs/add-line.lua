--[[
Adds a line to the log of a job from outside of its handler, beside its record.

ARGV  id: the job
      line: the line, as JSON
      most: how long all lines of one job may be that are not in its record yet, in bytes; the oldest make way
Returns 1, or 0 when there is no such job.

Relies on: JSON has no line breaks. `place-lines` takes the lines into the record when the job does not run.
]]
if redis.call('HEXISTS', jobs, id) == 0 then return 0 end
local before = redis.call('HGET', addedLines, id)
local lines = before and before .. '\n' .. line or line
while #lines > most and lines:find('\n', 1, true) do lines = lines:sub(lines:find('\n', 1, true) + 1) end
redis.call('HSET', addedLines, id, lines)
return 1
