--[[
Moves the ids of one window of a list that are not wanted there past those picked before, which stand just right of
it: the picked ones of window and heap then stand together at the left, the order of the others is kept. Nothing but
places changes.

ARGV  anchor: the leftmost id of the heap of picked ones, or of what was looked at while none is picked
      guess: its distance from the right end as last seen, counted from 1
      before: how many the heap has
      drift: how far the list may have moved then, leftwards from there
      marks: per id of the window two: id, whether it is picked
Returns {distance of the leftmost of the heap, size of the heap, that id}, or false when the list is not as it was read:
then nothing was changed.

Relies on: an id is in the list at most once. A call that is sent again finds the window changed.
]]
local window, picked, others = {}, {}, {}
for i = FIRST, #marks, 2 do
  window[#window + 1] = marks[i]
  local into = marks[i + 1] == '1' and picked or others
  into[#into + 1] = marks[i]
end

-- A negative index beyond the left end means the left end, so distances are told from the right end of the reply.
local nearest = math.max(1, guess - drift)
local seen = redis.call('LRANGE', list, -(guess + #window + drift), -nearest)
local anchorAt = nil
for i = 1, #seen do
  if seen[i] == anchor then anchorAt = i end
end
if not anchorAt or anchorAt <= #window then return false end
for i = 1, #window do
  if seen[anchorAt - i] ~= window[i] then return false end
end
local edge = nearest + #seen - anchorAt
-- Workers may have taken the right end of the heap.
local size = math.min(before, edge)

-- The first places are those of the right end of the heap, as many as the window has others; then come the window's.
local moved = math.min(#others, size)
local heap = moved > 0 and redis.call('LRANGE', list, -(edge - size + moved), -(edge - size + 1)) or {}
local places, ids = {}, {}
for i = 1, moved do places[i] = { edge - size + i, heap[moved - i + 1] } end
for i = 1, #window do places[#places + 1] = { edge + i, window[i] } end
for i = 1, #others do ids[#ids + 1] = others[i] end
for i = 1, #picked do ids[#ids + 1] = picked[i] end
for i = 1, moved do ids[#ids + 1] = heap[i] end
for i = 1, #places do
  if ids[i] ~= places[i][2] then redis.call('LSET', list, -places[i][1], ids[i]) end
end
return { edge + #window, size + #picked, ids[#ids] }
