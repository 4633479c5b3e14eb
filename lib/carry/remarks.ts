/** Why something of another library's queue is left where it is, in words that follow `it` or `each`. */
export const LEFT_OUT = {
  finished: 'has succeeded, and history stays where it is',
  tick: 'is the next job of a schedule, and goes or stays with that',
  flow: 'is part of a flow, whose parent and children wait for each other',
  running: 'is held by a worker that runs it: stop that, and import again',
  type: 'has a name that no type can have: say another by --types',
  id: 'has an id that no job can have here',
  taken: 'has an id that another job has here',
  queue: 'is a queue whose name can be none here: say another by --queue',
  data: 'has data that are no JSON',
  options: 'has options that cannot be read',
  large: 'is larger than 16 MiB',
  gone: 'is listed, but there is no such job',
  key: 'is a key of another type than it should be',
  time: 'is due or has failed at no time that a calendar has',
  ends: 'is a schedule that has ended, or whose end or count cannot be read',
  timing: 'is a schedule at times that cannot be said here',
  template: 'is a schedule whose data cannot be found',
} as const;

/** One of {@link LEFT_OUT}. */
export type LeftWhy = keyof typeof LEFT_OUT;

/** What is left by design: it is no loss. */
export const NO_LOSS: readonly LeftWhy[] = ['finished', 'tick'];

/** What is not quite as it was of something that is carried over, in words that follow likewise. */
export const CHANGED = {
  priority: 'has a priority, and keeps the place of now: later ones do not overtake it',
  retention: 'says how long it stays when it has ended, which the worker says here',
  backoff: 'waits by a strategy of its own: a worker must know one of that name',
  unique: 'has a deduplication that cannot be said here, and goes without',
  zone: 'is a schedule without a time zone, which goes by UTC here',
  offset: 'is a schedule at an interval, which fires at its multiples since 1970 here',
} as const;

/** One of {@link CHANGED}. */
export type ChangedWhat = keyof typeof CHANGED;
