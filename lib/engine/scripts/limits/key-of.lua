--[[
Reads what limits go by out of a stored record: its key, and its cost.

ARGV  record: as it is stored, or nil
Returns the key, '' where there is none, and the cost or nil.

Relies on: save.lua puts the options of a job with key or cost before its data, and those two first of all; so they are
found without reading the data, which may hold anything. What is not written so, as by a stock client, has neither.
]]
record = record or ''
local key, at = record:match('^{"options":{"key":"([^"\\]*)"()')
if key then return key, tonumber(record:match('^,"cost":(%d+)', at)) end
if not record:find('^{"options":{"[kc]') then return '', nil end
local FIRST_OPTION = 13
if not record:find('^"key":"', FIRST_OPTION) then return '', tonumber(record:match('^"cost":(%d+)', FIRST_OPTION)) end
local from = FIRST_OPTION + 7
local char = record:find('["\\]', from)
while char and record:sub(char, char) == '\\' do char = record:find('["\\]', char + 2) end
if not char then return '', nil end
-- A text with escapes in it, without quotes around: small JSON, which is read as such.
local isRead, list = pcall(cjson.decode, '["' .. record:sub(from, char - 1) .. '"]')
return isRead and list[1] or '', tonumber(record:match('^,"cost":(%d+)', char + 1))
