--[[
Counts jobs that have ended, by the day.

ARGV  state: 'succeeded' or 'failed'
      number: how many
Returns nothing.

Relies on: days are those of UTC. Whatever ends jobs counts them by this alone.
]]
add(stats, state .. ':' .. math.floor(clock() / 86400000), number)
