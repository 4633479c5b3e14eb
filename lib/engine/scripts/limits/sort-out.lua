--[[
Puts jobs that were taken off a line of no key, and whose own key is held back, into the line of that.

ARGV  ids: the jobs, the next one first
      now: epoch ms
      lengths: by line the lengths that are known
      suspect: the suspect among them, or ''
Returns two values: those that may run, in their order; and the suspect, or '' where it is not among these.

Relies on: jobs stand there that came before keys counted. One that cannot be put elsewhere runs.
]]
if #ids == 0 then return ids, suspect end
local records, rest = redis.call('HMGET', jobs, unpack(ids)), {}
for i, id in ipairs(ids) do
  local key, _, priority = keyOf(records[i] or nil)
  local heldAt = key ~= '' and tonumber(redis.call('ZSCORE', rates, '\1' .. key) or nil) or 0
  local line = lineOf(key, priority)
  local length = heldAt > now and redis.pcall('LPUSH', lineStart .. line, id)
  if type(length) == 'number' then
    lengths[line] = length
    redis.call('ZREM', turns, line)
    redis.call('ZADD', pending, heldAt, line)
    if id == suspect then suspect = '' end
  else
    rest[#rest + 1] = id
  end
end
return rest, suspect
