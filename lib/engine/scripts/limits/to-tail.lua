--[[
Gives lines their turn behind all others of their priority.

ARGV  lines: their names
      aged: by name the lines whose turn is among those of the first priority, whatever their own is
Returns nothing.

Relies on: turns are served by their scores, the lowest first, and those of each priority are a band of their own. That
of the default priority begins at 0. What this gives in one call of a script only grows.
]]
local BAND, DEFAULT_PRIORITY, MOST = 2 ^ 48, 4, 1000
local places = {}
for _, line in ipairs(lines) do
  local _, priority = readLine(line)
  local band = aged[line] and 0 or priority
  if not tails[band] then
    local from = (band - DEFAULT_PRIORITY) * BAND
    local first, behind = string.format('%.0f', from), string.format('(%.0f', from + BAND)
    local last = redis.call('ZREVRANGEBYSCORE', turns, behind, first, 'WITHSCORES', 'LIMIT', 0, 1)[2]
    tails[band] = tonumber(last or from)
  end
  tails[band] = tails[band] + 1
  places[#places + 1], places[#places + 2] = tails[band], line
end
for i = 1, #places, MOST do redis.call('ZADD', turns, unpack(places, i, math.min(i + MOST - 1, #places))) end
