--[[
Tells which of some lines have a next job that has waited so long that it counts as one of the first priority; of the
others it notes when that will be.

ARGV  agingMs: after how long, in ms; nil for never
      lines: their names
Returns a table: by name true.

Relies on: sort-in.lua notes since when a job waits. One that it has not noted begins to wait now.
]]
local aged = {}
if not agingMs then return aged end
local now = clock()
for _, line in ipairs(lines) do
  local _, priority = readLine(line)
  -- A line that is no list has no next job: it is told of when its turn comes.
  local head = priority > 0 and redis.pcall('LINDEX', lineStart .. line, -1)
  if type(head) == 'string' then
    local at = (tonumber(redis.call('HGET', waitingSince, head) or nil) or now) + agingMs
    if at <= now then
      aged[line] = true
      redis.call('ZREM', aging, line)
    else
      redis.call('ZADD', aging, at, line)
    end
  end
end
return aged
