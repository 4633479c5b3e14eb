--[[
Writes an event as bee-queue does.

ARGV  id: of the job
      event: its name
      data: what is told with it, as JSON, or ''
Returns it as JSON.

Relies on: data is JSON of its own.
]]
local message = '{"id":' .. cjson.encode(id) .. ',"event":"' .. event .. '"'
if data ~= '' then message = message .. ',"data":' .. data end
return message .. '}'
