--[[
Ends the script with an error that names a key, unless that is missing or of the type that a command counts.

ARGV  command: LLEN, SCARD, ZCARD, HLEN, STRLEN or XLEN
      key: the key, or nil or false for none
Returns the count, as it was when the key was looked at first; nothing for no key.

Relies on: it is called before the first write. Each key is looked at once.
]]
if not key or seen[key] then return seen[key] end
local count = redis.pcall(command, key)
if type(count) == 'table' then
  if count.err:sub(1, 9) ~= 'WRONGTYPE' then error({ err = count.err .. ' (' .. key .. '; nothing was changed)' }) end
  local types = { LLEN = 'list', SCARD = 'set', ZCARD = 'zset', HLEN = 'hash', STRLEN = 'string', XLEN = 'stream' }
  local found = redis.call('TYPE', key).ok
  error({ err = 'WRONGTYPE ' .. key .. ' holds a ' .. found .. ', not a ' .. types[command] .. '; nothing was changed.' })
end
seen[key] = count
return count
