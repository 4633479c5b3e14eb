--[[
Reads what limits go by out of a stored record: its key, and its cost.

ARGV  record: as it is stored, or nil
Returns the key, '' where there is none, and the cost or nil.

Relies on: save.lua puts the options of a job with key or cost before its data, and those two first of all; so they are
found without reading the data, which may hold anything. What is not written so, as by a stock client, has neither.
]]
record = record or ''
local BEGIN = '{"options":{'
if record:sub(1, #BEGIN) ~= BEGIN then return '', nil end
local at = #BEGIN + 1
local key = ''
if record:sub(at, at + 6) == '"key":"' then
  local from = at + 7
  local char = record:find('["\\]', from)
  while char and record:sub(char, char) == '\\' do char = record:find('["\\]', char + 2) end
  if not char then return '', nil end
  key = record:sub(from, char - 1)
  -- A text with escapes in it, without quotes around: small JSON, which is read as such.
  if key:find('\\', 1, true) then
    local isRead, list = pcall(cjson.decode, '["' .. key .. '"]')
    key = isRead and list[1] or ''
  end
  at = char + 2
end
return key, tonumber(record:match('^"cost":(%d+)', at))
