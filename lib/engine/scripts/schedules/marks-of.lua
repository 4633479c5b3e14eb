--[[
Reads the two marks of a stored schedule: its fingerprint, and its beat, which those of the same ticks share.

ARGV  schedule: the schedule as JSON
Returns them; two times '' for what is no schedule, or was written by a version that put them elsewhere.

Relies on: they come first in it, so that nothing of the data of its jobs is read.
]]
local fingerprint, beat = schedule:match('^{"fingerprint":"(%x+)","beat":"(%x+)"')
return fingerprint or '', beat or ''
