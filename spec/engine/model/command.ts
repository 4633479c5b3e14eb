import fc from 'fast-check';

/** How an attempt ends, in the words of the outcomes. */
export type Ending = 'succeeded' | 'retryNow' | 'retryLater' | 'failed' | 'snoozed' | 'interrupted';

/** When an added job may start: now, at a time that is over, or in an hour. */
export type Start = 'now' | 'due' | 'later';

/**
 * One step of an interleaving. Jobs and sessions are named by small numbers, so that commands meet each other;
 * a command that finds nothing to act on is a step without effect in both worlds.
 */
export type Command =
  | { do: 'add'; store: number; jobs: { job: number; start: Start }[] }
  | { do: 'addUnique'; store: number; job: number; key: number; start: Start; replaces: boolean }
  | { do: 'exchange'; session: number; endings: Ending[]; wanted: number; isResent: boolean }
  | { do: 'pickUp'; session: number; wanted: number; isResent: boolean }
  | { do: 'block' }
  | { do: 'renew'; session: number }
  | { do: 'release'; session: number; count: number }
  | { do: 'progress'; session: number }
  | { do: 'lapse'; session: number }
  | { do: 'recover'; session: number; looksForOrphans: boolean }
  | { do: 'die'; session: number; foundBy: number }
  | { do: 'rejoin'; session: number }
  | { do: 'leave'; session: number }
  | { do: 'remove' | 'retry' | 'promote' | 'update'; store: number; job: number }
  | { do: 'promoteDue' | 'pause' | 'resume'; store: number }
  | { do: 'stall'; job: number }
  | { do: 'flushScripts' };

/** How many sessions and stores work on the one queue. */
export const SESSIONS = 3;
export const STORES = 2;
const JOBS = 10;
/** How many unique keys there are. */
export const KEYS = 2;
const MOST_COMMANDS = 60;

const session = fc.nat(SESSIONS - 1);
const store = fc.nat(STORES - 1);
const job = fc.nat(JOBS - 1);
const start = fc.constantFrom<Start>('now', 'now', 'due', 'later');
const ending = fc.constantFrom<Ending>(
  'succeeded',
  'retryNow',
  'retryLater',
  'failed',
  'failed',
  'snoozed',
  'interrupted',
);

const command: fc.Arbitrary<Command> = fc.oneof(
  step(9, {
    do: fc.constant('add'),
    store,
    jobs: fc.array(fc.record({ job, start }), { minLength: 1, maxLength: 4 }),
  }),
  step(7, {
    do: fc.constant('addUnique'),
    store,
    job,
    key: fc.nat(KEYS - 1),
    start,
    replaces: fc.nat(3).map((n) => n > 0),
  }),
  step(14, {
    do: fc.constant('exchange'),
    session,
    endings: fc.array(ending, { maxLength: 3 }),
    wanted: fc.nat(3),
    isResent: fc.nat(9).map((n) => n === 9),
  }),
  step(4, { do: fc.constant('block') }),
  step(6, {
    do: fc.constant('pickUp'),
    session,
    wanted: fc.integer({ min: 1, max: 3 }),
    isResent: fc.nat(9).map((n) => n === 9),
  }),
  step(3, { do: fc.constant('renew'), session }),
  step(2, { do: fc.constant('release'), session, count: fc.integer({ min: 1, max: 3 }) }),
  step(1, { do: fc.constant('progress'), session }),
  step(4, { do: fc.constant('lapse'), session }),
  step(6, { do: fc.constant('recover'), session, looksForOrphans: fc.boolean() }),
  step(5, { do: fc.constant('die'), session, foundBy: session }),
  step(1, { do: fc.constant('rejoin'), session }),
  step(1, { do: fc.constant('leave'), session }),
  step(6, { do: fc.constantFrom('remove', 'retry', 'promote', 'update'), store, job }),
  step(4, { do: fc.constantFrom('promoteDue', 'pause', 'resume', 'resume'), store }),
  step(1, { do: fc.constant('stall'), job }),
  step(1, { do: fc.constant('flushScripts') }),
);

/** Interleavings of up to 60 commands. */
export const interleavings = fc.array(command, { maxLength: MOST_COMMANDS, size: 'max' });

function step(weight: number, fields: Record<string, fc.Arbitrary<unknown>>) {
  return { weight, arbitrary: fc.record(fields) as fc.Arbitrary<Command> };
}
