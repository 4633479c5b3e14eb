/** Names of the keys of a queue that stay when all of its jobs have ended and all of its workers have left. */
export const LASTING_KEYS = [
  'id',
  'jobs',
  'succeeded',
  'succeededOrder',
  'failed',
  'failedOrder',
  'stats',
  'samples',
  'times',
  'timedTypes',
  'stallBlock',
] as const;
