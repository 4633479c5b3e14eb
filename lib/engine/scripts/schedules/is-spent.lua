--[[
Tells whether a schedule has fired as often as it may.

ARGV  name: of the schedule
      limit: how many jobs it fires at most, or '' for no limit
Returns true or false.

Relies on: schedule-fire.lua counts only where there is a limit.
]]
return limit ~= '' and (countOf(redis.call('HGET', schedules, name .. ':fired'), 2 ^ 53) or 0) >= tonumber(limit)
