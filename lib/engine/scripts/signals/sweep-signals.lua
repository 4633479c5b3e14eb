--[[
Forgets the signals of jobs that are gone or have succeeded; those of failed ones stay, as they may be retried.

ARGV  cursor: where to go on among them
      most: about how many are looked at
Returns {where to go on, '0' at the end; how many were looked at; how many were forgotten}.

Relies on: nobody can give such a job another signal. HSCAN reads the signals too, so the caller asks for few.
]]
local scanned = redis.call('HSCAN', signals, cursor, 'COUNT', most)
local gone = {}
for i = 1, #scanned[2], 2 do
  local id = scanned[2][i]
  if redis.call('HEXISTS', jobs, id) == 0 or redis.call('SISMEMBER', succeeded, id) == 1 then gone[#gone + 1] = id end
end
if #gone > 0 then redis.call('HDEL', signals, unpack(gone)) end
return { scanned[1], #scanned[2] / 2, #gone }
