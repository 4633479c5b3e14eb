import { type Clock, systemClock } from '../../lib/clock.ts';
import { type JobState, type QueueKeys, queueKeys } from '../../lib/engine/keys.ts';
import { Queries } from '../../lib/engine/queries/queries.ts';
import {
  type JobStart,
  type NewJob,
  newJob,
  recordEnding,
  recordOf,
} from '../../lib/engine/record/new-job.ts';
import { parseRecord, type StoredOptions } from '../../lib/engine/record/record.ts';
import { type Outcome, type SettlementArgs, settlementArgs } from '../../lib/engine/record/settlement.ts';
import { defineScripts, runScript } from '../../lib/engine/scripts.ts';
import { type Exchange, Session, type SessionOptions, type Taken } from '../../lib/engine/session/session.ts';
import { readStates } from '../../lib/engine/store/states.ts';
import { Store } from '../../lib/engine/store/store.ts';
import { closeClient, connect, type RedisClient } from '../../lib/redis/connect.ts';
import { parseRedisUrl } from '../../lib/redis/url.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { silentLog } from './log.ts';
import { redisUrl } from './redis.ts';

/** The engine of one queue that no other spec has. */
export interface SpecEngine {
  readonly queue: string;
  readonly client: RedisClient;
  readonly keys: QueueKeys;
  readonly store: Store;
  readonly queries: Queries;
  /** A worker's hold on the queue; by default with a lease that does not end within a spec, and it judges others from its first renewal. */
  session(options?: Partial<SessionOptions>, clock?: Clock): Session;
  /** Stores jobs with these ids, in this order. */
  add(...ids: string[]): Promise<void>;
  /** Stores one job. */
  save(id: string, options?: Partial<StoredOptions>, start?: JobStart): Promise<boolean>;
  /** The ids in waiting, the next to run first. */
  waiting(): Promise<string[]>;
  /** The ids in active, in no order. */
  active(): Promise<string[]>;
  options(id: string): Promise<StoredOptions | undefined>;
  /** The state of a job; null when there is none. */
  state(id: string): Promise<JobState | null>;
  close(): Promise<void>;
}

/** Opens the engine on the Redis that the specs share, or another; `queue` is one that another process has. */
export function openEngine(url: string = redisUrl(), queue: string = testQueueName()): SpecEngine {
  const client = connect(parseRedisUrl(url), 'commands', { log: silentLog });
  defineScripts(client);
  const keys = queueKeys('bq', queue, client.isCluster);
  const store = new Store(client, keys);
  return {
    queue,
    client,
    keys,
    store,
    queries: new Queries(client, keys),
    session: (options = {}, clock = systemClock) =>
      new Session(
        { client, keys, clock },
        {
          leaseMs: 60_000,
          judgesAfterMs: 0,
          keepSucceeded: -1,
          keepFailed: -1,
          publish: 'always',
          ...options,
        },
      ),
    add: async (...ids) => {
      await store.save(ids.map((id) => jobOf(id)));
    },
    save: async (id, options, start = null) => {
      const [created] = await store.save([jobOf(id, { id }, options, start)]);
      return created === true;
    },
    waiting: async () => (await client.lrange(keys.waiting, 0, -1)).reverse(),
    active: async () => (await client.lrange(keys.active, 0, -1)).sort(),
    options: async (id) => parseRecord((await client.hget(keys.jobs, id)) ?? '')?.options,
    state: async (id) => (await readStates(client, keys, [id]))[0] ?? null,
    close: () => closeClient(client),
  };
}

/** A job to be stored, due at once unless said; its data names it unless said. */
export function jobOf(
  id: string,
  data: unknown = { id },
  options: Partial<StoredOptions> = {},
  start: JobStart = null,
): NewJob {
  return newJob(systemClock, { id, data, ending: recordEnding({ timestamp: 1, ...options }), start });
}

/** The record of a job to be stored, as it will be stored. */
export function jsonOf(job: NewJob): string {
  return recordOf(job, { queue: '', keyring: null });
}

/** Takes up to `wanted` jobs; what the session held of those that were removed is taken to be dropped. */
export async function take(session: Session, wanted = 10): Promise<Taken[]> {
  const { taken, state } = await session.exchange([], wanted);
  return state === 'revoked' ? take(session, wanted) : taken;
}

/** Takes the job that is next, which must be there. */
export async function takeOne(session: Session): Promise<Taken> {
  const [taken] = await take(session, 1);
  if (!taken) throw new Error('there was nothing to take');
  return taken;
}

/** The ids of what was taken, in its order. */
export function idsOf(taken: readonly Taken[]): string[] {
  return taken.map(({ id }) => id);
}

/** What a blocking move does when a job is there; the take that is sent behind it is {@link pickUp}. */
export async function moveOne({ client, keys }: Pick<SpecEngine, 'client' | 'keys'>): Promise<string | null> {
  return client.lmove(keys.waiting, keys.moved, 'RIGHT', 'LEFT');
}

/** Takes what was moved; resolves with null when nothing was. */
export function pickUp(
  session: Session,
  { client }: Pick<SpecEngine, 'client'>,
  wanted = 10,
): Promise<Exchange | null> {
  return session.pickUp(wanted, (takes) => runScript(client, takes));
}

/** Ends attempts in one exchange that takes nothing; resolves with the ids whose claim was gone. */
export async function settle(
  session: Session,
  ...ends: [taken: Taken, outcome: Outcome][]
): Promise<string[]> {
  const args = ends.map(([taken, outcome]) => settlementOf(taken, outcome));
  return (await session.exchange(args, 0)).fenced;
}

/** The end of an attempt, as a session settles it. */
export function settlementOf(taken: Taken, outcome: Outcome): SettlementArgs {
  const attempt = { ...taken, attempt: 1, startedAt: 1_000 };
  const args = settlementArgs(attempt, outcome, { durationMs: 5, worker: 'spec:1' });
  if (taken.claimName !== undefined) args[6] = taken.claimName;
  return args;
}

/** Outcomes as a worker would decide them. */
export const outcomes = {
  succeeded: { kind: 'succeeded', result: 1, resultJson: '1' },
  failed: { kind: 'failed', error: new Error('no luck'), as: 'failed' },
  retryIn: (delayMs: number): Outcome => ({ kind: 'retry', delayMs, error: new Error('no luck') }),
  snoozed: (delayMs: number): Outcome => ({ kind: 'snoozed', delayMs }),
  interrupted: { kind: 'interrupted' },
} as const satisfies Record<string, Outcome | ((delayMs: number) => Outcome)>;
