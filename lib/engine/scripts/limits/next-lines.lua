--[[
Finds the lines whose turn is next, all of one priority.

ARGV  most: how many at most
Returns two values: their names, none when no line has a turn; and the band of their turns.

Relies on: the turns of each priority are a band of their own, see to-tail.lua.
]]
local BAND = 2 ^ 48
-- Behind that one more is no other number.
local FURTHEST = 2 ^ 53

local first = redis.call('ZRANGE', turns, 0, 0, 'WITHSCORES')[2]
if not first then return {} end
local band = math.floor(first / BAND)
-- A place that nobody gives is a band of its own: what stands there is met, and dropped or served.
local isGiven = math.abs(tonumber(first)) < FURTHEST
local behind = isGiven and string.format('(%.0f', (band + 1) * BAND) or first
return redis.call('ZRANGEBYSCORE', turns, '-inf', behind, 'LIMIT', 0, most), band
