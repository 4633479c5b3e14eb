--[[
Reads what limits and turns go by out of a stored record: its key, its cost, its priority, and whether it goes in front.

ARGV  record: as it is stored, or nil
Returns four values: the key, '' where there is none; the cost or nil; the priority; true where it is to be the next of
its priority, else false.

Relies on: save.lua puts the options of a job with any of these before its data, and these first of all, in this order;
so they are found without reading the data, which may hold anything. What is not written so, as by a stock client, has
none, and the default priority.
]]
local DEFAULT_PRIORITY, FIRST_OPTION = 4, 13
record = record or ''
if not record:find('^{"options":{"[kcpf]') then return '', nil, DEFAULT_PRIORITY, false end
-- Mostly there is a key alone: then one look is enough.
local alone, last = record:match('^"key":"([^"\\]*)"()', FIRST_OPTION)
if alone and not record:find('^,"[cpf]', last) then return alone, nil, DEFAULT_PRIORITY, false end

local key, at = '', FIRST_OPTION
local function option(pattern)
  local value, behind = record:match('^,?' .. pattern .. '()', at)
  at = behind or at
  return value
end
if record:find('^"key":"', at) then
  local from = FIRST_OPTION + 7
  key = option('"key":"([^"\\]*)"')
  if not key then
    local char = record:find('["\\]', from)
    while char and record:sub(char, char) == '\\' do char = record:find('["\\]', char + 2) end
    if not char then return '', nil, DEFAULT_PRIORITY, false end
    -- A text with escapes in it, without quotes around: small JSON, which is read as such.
    local isRead, list = pcall(cjson.decode, '["' .. record:sub(from, char - 1) .. '"]')
    key, at = isRead and list[1] or '', char + 1
  end
end
local cost = tonumber(option('"cost":(%d+)'))
local priority = tonumber(option('"priority":(%d)')) or DEFAULT_PRIORITY
return key, cost, priority, option('"front":(true)') ~= nil
