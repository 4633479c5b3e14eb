--[[
Notes what a job waits for whose attempt has just been settled. Where that has come meanwhile, the job is due at once.

ARGV  id: the job
      told: '-' when it has succeeded, and its signals go; '?' when it waits for nothing any more; or behind the
        question mark its birth, until when it waits (epoch ms), and the names of the signals that it waits for, each
        behind a space
Returns nothing.

Relies on: settle.lua has put a job that waits into delayed, or into waiting when it is due or cancelled, and the types
of the keys were checked.
]]
if told == '-' then
  redis.call('HDEL', signals, id)
  return
end
local born, dueAt, names = told:match('^%?(%S+) (%S+)(.*)$')
if not born then
  local of, awaited, lines = (redis.call('HGET', signals, id) or ''):match('^(%S+)([^\n]*)(.*)$')
  if not of or awaited == '' then return end
  if lines == '' then redis.call('HDEL', signals, id) else redis.call('HSET', signals, id, of .. lines) end
  return
end

local _, lines = signalsOf(id, born)
-- Only what the handler would find, by the same rule: else it would run again and again, and never get it.
local function isThere(name)
  local _, to = lines:find('\n' .. name .. ' ', 1, true)
  local at = to and lines:match('^(%d+) %S+ ', to + 1)
  return at ~= nil and tonumber(at) < tonumber(dueAt)
end
local hasCome = false
for name in names:gmatch('%S+') do hasCome = hasCome or isThere(name) end
if not hasCome then
  redis.call('ZADD', delayed, 'XX', dueAt, id)
elseif redis.call('ZREM', delayed, id) == 1 then
  redis.call('LPUSH', waiting, id)
end
redis.call('HSET', signals, id, born .. (hasCome and '' or names) .. lines)
