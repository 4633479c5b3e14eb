import { z } from 'zod';
import { JOB_OUTCOMES, type WhyReason } from '../../inspector/inspector.ts';
import { count, durationMs, epochMs } from './schema-parts.ts';

/** What each reason says beside its name and its sentence; one that is left out does not compile. */
const REASONS: Readonly<Record<WhyReason['reason'], Readonly<Record<string, z.ZodType>>>> = {
  'not-found': {},
  'awaits-batch': { batch: z.string(), pending: z.int(), failed: count },
  'awaits-steps': {
    workflow: z.string(),
    step: z.string(),
    awaits: z.array(z.string()).meta({ description: 'the first ten of them' }),
    pending: count,
  },
  'not-fired': { schedule: z.string() },
  finished: { outcome: z.enum(JOB_OUTCOMES) },
  running: { worker: z.string().nullable(), since: epochMs.nullable() },
  blocking: {
    since: epochMs,
    at: z.string().nullable().meta({ description: 'where in the code, as a line of a stack' }),
  },
  unheld: {},
  paused: { by: z.string(), since: epochMs },
  delayed: { dueInMs: durationMs },
  'awaits-signals': { signals: z.array(z.string()), dueInMs: durationMs },
  unserved: {},
  unhandled: { type: z.string(), handled: z.array(z.string()) },
  queued: { ahead: count, atLeast: z.boolean() },
  astray: {},
  busy: { slots: count },
  held: { of: z.enum(['queue', 'key']), key: z.string().nullable(), freesInMs: durationMs },
  limited: {
    of: z.enum(['queue', 'key']),
    limit: z.enum(['concurrency', 'rate']),
    key: z.string().nullable(),
    freesInMs: durationMs.nullable(),
  },
  grouped: { type: z.string(), group: z.string(), size: count, dueAt: epochMs.nullable() },
  gathered: { carrier: z.string().meta({ description: 'the job that carries it' }) },
};

const text = z.string().meta({ description: 'a sentence for people' });

/** Why a job is not running. */
export const whySchema = z
  .strictObject({
    reasons: z.array(
      z.union(
        Object.entries(REASONS).map(([reason, fields]) =>
          z.strictObject({ reason: z.literal(reason), text, ...fields }),
        ),
      ),
    ),
  })
  .meta({ id: 'Why' });
