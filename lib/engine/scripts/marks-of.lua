--[[
Reads the two marks of a stored schedule: its fingerprint, and its beat, which those of the same ticks share.

KEYS  none
ARGV  1 the schedule as JSON
Returns them; two times '' for what is no schedule, or was written by a version that put them elsewhere.

Relies on: they come first in it, so that nothing of the data of its jobs is read. Other scripts call this one as `marksOf`.
]]
local fingerprint, beat = ARGV[1]:match('^{"fingerprint":"(%x+)","beat":"(%x+)"')
return fingerprint or '', beat or ''
