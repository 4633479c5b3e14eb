import { z } from 'zod';
import type { WorkerInfo } from '../../inspector/inspector.ts';
import { count, epochMs } from './schema-parts.ts';

const workerFields = {
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  swarm: z
    .looseObject({ number: count, of: count, parent: z.int() })
    .optional()
    .meta({ description: 'which of the processes of its parent it is, and the pid of that' }),
  version: z.string(),
  appVersion: z.string().optional().meta({ description: 'of the program whose handlers it runs' }),
  startedAt: epochMs,
  queues: z.array(z.looseObject({ name: z.string(), weight: z.number() })),
  strict: z
    .boolean()
    .meta({ description: 'whether it serves its queues in that order instead of by weight' }),
  concurrency: count,
  status: z.enum(['running', 'paused', 'quiet', 'stopping']),
  blockedSince: epochMs
    .optional()
    .meta({ description: 'since when a handler blocks its event loop, if one does' }),
  blockedBy: z
    .looseObject({ queue: z.string(), id: z.string(), type: z.string(), attempt: count })
    .optional()
    .meta({ description: 'which job does so, where that is known for sure' }),
  blockedAt: z
    .string()
    .optional()
    .meta({ description: 'where in its code, as a line of a stack, where that is known' }),
  handlers: z.array(
    z.looseObject({ type: z.string(), queue: z.string(), fingerprint: z.string().optional() }),
  ),
  runningCount: count,
  running: z.array(
    z.looseObject({
      queue: z.string(),
      id: z.string(),
      type: z.string(),
      startedAt: epochMs,
      stuckSince: epochMs.optional().meta({ description: 'when its handler was told to stop' }),
    }),
  ),
} satisfies Record<keyof WorkerInfo, z.ZodType>;

/** A live worker as the API shows it. One of a later version may say more of itself. */
export const workerSchema = z.looseObject(workerFields);
