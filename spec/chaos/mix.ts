import { z } from 'zod';
import { defineJob } from '../../lib/jobs/define.ts';
import { schedule } from '../../lib/jobs/schedule.ts';

/** What a job of the mix is told to do, beside taking its time. */
const schema = z.object({
  /** Under which the ledger knows it; of a tick, what all of them begin with. */
  name: z.string(),
  forMs: z.number(),
  /** How many of its first attempts fail. */
  fails: z.number().optional(),
  /** Puts itself off once. */
  snoozes: z.boolean().optional(),
  /** Has an effect that is to be done once. */
  once: z.boolean().optional(),
  /** Adds `<name>/next` with its success. */
  follows: z.boolean().optional(),
  /** What it does to its process at its first attempt: blocks its loop for so long, or ends it. */
  blocksForMs: z.number().optional(),
  exits: z.boolean().optional(),
});

/** The data of a job of the mix. */
export type Work = z.infer<typeof schema>;

/** So many that no fault of the plan can use them up. */
const PATIENT = { retries: 25, backoff: { type: 'fixed', delayMs: 200 } } as const;

/** What stands alone: plain, delayed, retrying, snoozing, once, unique, and what breaks its worker. */
export const plain = defineJob({ type: 'chaos.plain', queue: 'plain', schema, ...PATIENT });

/** What has a key, in a queue with limits. */
export const keyed = defineJob({ type: 'chaos.keyed', queue: 'keyed', schema, ...PATIENT });

/** What is tied to others: follow-ups, chains, batches. */
export const linked = defineJob({ type: 'chaos.linked', queue: 'linked', schema, ...PATIENT });

/** What a schedule fires. */
export const tick = defineJob({ type: 'chaos.tick', queue: 'linked', schema, ...PATIENT });

/** What is handed over in groups. */
export const grouped = defineJob({
  type: 'chaos.grouped',
  queue: 'grouped',
  schema,
  ...PATIENT,
  group: { graceMs: 300, maxDelayMs: 1_500, maxSize: 10 },
});

/** What stock bee-queue adds and runs beside us: named as its queue, since its jobs have no type. */
export const shared = defineJob({ type: 'shared', queue: 'shared', schema, ...PATIENT });

/** The schedule that every worker declares. */
export const ticks = schedule(tick, { name: 'ticks', everyMs: 1_000, data: { name: 'tick', forMs: 5 } });

/** Every queue of the mix. */
export const QUEUES = [plain, keyed, linked, grouped, shared].map(({ queue }) => queue);

/** What stands before every change of the limits, and after it: one job of a key at a time, whatever else is changed. */
export const LIMITS = { concurrency: 20, perKey: { concurrency: 1 }, fair: true } as const;

/** How long a worker that is told to stop waits for what runs, and for Redis. */
export const PATIENCE_MS = 10_000;
