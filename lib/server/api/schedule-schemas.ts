import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { Firing, ScheduleInfo } from '../../inspector/inspector.ts';
import { optionsBarredFor } from '../../jobs/resolve-options.ts';
import { JOB_OPTION_SCHEMAS } from './option-schemas.ts';
import { count, durationMs, epochMs, nextCursor, queueInPath, timeValue, typeName } from './schema-parts.ts';

/** A schedule in a path. */
export const schedulePathSchema = z.object({
  queue: queueInPath,
  schedule: z.string().meta({ description: 'the name of the schedule' }),
});

const missed = z.union([
  z.enum(['skip', 'once']),
  closedObject({ all: z.int().min(1).max(1_000) }).meta({
    description: 'fires for each of the newest so many',
  }),
]);
const skippedTime = z.enum(['shift', 'skip']);
const repeatedTime = z.enum(['first', 'second', 'both']);
const overlap = z.enum(['allow', 'skip']);

const barred = new Set<string>(optionsBarredFor('scheduled'));
const jobOptions = closedObject(
  Object.fromEntries(Object.entries(JOB_OPTION_SCHEMAS).filter(([name]) => !barred.has(name))),
);

/** A schedule to be put. */
export const newScheduleSchema = closedObject({
  type: typeName,
  data: z.unknown().optional().meta({
    description:
      'of every job; any JSON value that the schema of the type accepts; required for a type not known here',
  }),
  cron: z
    .string()
    .max(1_000)
    .optional()
    .meta({
      description: 'five or six fields, a nickname such as @daily, or @every with a duration; or everyMs',
      examples: ['30 9 * * MON-FRI'],
    }),
  everyMs: z.int().optional().meta({ description: 'an interval of at least a second' }),
  timeZone: z.string().max(100).optional().meta({ description: 'a name of the IANA database; default UTC' }),
  skippedTime: skippedTime.optional().meta({ description: 'of a local time that the clocks skip' }),
  repeatedTime: repeatedTime.optional().meta({ description: 'of a local time that comes twice' }),
  startsAt: timeValue().optional().meta({ description: 'no tick before fires; default none' }),
  endsAt: timeValue().optional().meta({ description: 'no tick from then on fires; default none' }),
  missed: missed.optional().meta({ description: 'of ticks at which no worker was there; default once' }),
  overlap: overlap
    .optional()
    .meta({ description: 'while the job of the tick before goes on; default allow' }),
  limit: z.int().optional().meta({ description: 'how many jobs it fires; default without end' }),
  jitterMs: z.int().optional().meta({ description: 'the start of each job is put off by a part of it' }),
  options: jobOptions.optional(),
}).meta({ id: 'NewSchedule' });

/** A schedule as it is shown. */
export const scheduleSchema = z
  .strictObject({
    name: z.string(),
    queue: z.string(),
    type: z.string(),
    cron: z.string().nullable(),
    everyMs: durationMs.nullable(),
    timeZone: z.string().nullable(),
    skippedTime: skippedTime.nullable(),
    repeatedTime: repeatedTime.nullable(),
    startsAt: epochMs.nullable().meta({ description: 'no tick before fires' }),
    endsAt: epochMs.nullable().meta({ description: 'no tick from then on fires' }),
    missed: z.union([z.enum(['skip', 'once']), z.strictObject({ all: count })]),
    overlap,
    data: z.unknown(),
    options: z.looseObject({}).meta({ description: "what its jobs are stored with, in bee-queue's words" }),
    delayMs: durationMs.nullable(),
    limit: count.nullable().meta({ description: 'how many jobs it fires' }),
    fired: count.nullable().meta({ description: 'how many of them it has; null without a limit' }),
    jitterMs: durationMs.nullable().meta({ description: 'the start of each job is put off by a part of it' }),
    paused: z.strictObject({ by: z.string(), at: epochMs }).nullable(),
    nextAt: epochMs.nullable().meta({ description: 'null while it is paused, or when nothing is to come' }),
    isDeclared: z.boolean().meta({ description: 'whether a worker has declared it' }),
    lastJobId: z.string().nullable().meta({ description: 'the job that it fired last, which may be gone' }),
  } satisfies Record<keyof ScheduleInfo, z.ZodType>)
  .meta({ id: 'Schedule' });

/** A page of schedules. */
export const schedulePageSchema = z
  .strictObject({
    schedules: z.array(scheduleSchema),
    unreadable: z
      .array(z.strictObject({ name: z.string(), reason: z.string() }))
      .meta({ description: 'queues on the way whose schedules cannot be read, and why' }),
    cursor: nextCursor,
  })
  .meta({ id: 'SchedulePage' });

/** What a change of a schedule did. */
export const scheduleChangeSchema = z
  .strictObject({
    queue: z.string(),
    schedule: z.string(),
    change: z.enum(['created', 'replaced', 'unchanged', 'paused', 'resumed', 'removed']),
  })
  .meta({ id: 'ScheduleChange' });

/** What firing a schedule by hand did. */
export const firedSchema = z
  .strictObject({
    queue: z.string(),
    schedule: z.string(),
    id: z.string().meta({ description: 'of the job' }),
  })
  .meta({ id: 'FiredSchedule' });

/** When a schedule fires. */
export const occurrencesSchema = z
  .strictObject({
    next: z.array(
      z.strictObject({
        at: epochMs,
        local: z.string().meta({ description: 'the local time that it is for' }),
        mark: z
          .enum(['shifted', 'repeated', 'skipped'])
          .nullable()
          .meta({ description: 'what a change of the clocks does to it; what is skipped does not fire' }),
      }),
    ),
  })
  .meta({ id: 'Occurrences' });

const firing = z.union([
  z.strictObject({
    outcome: z.enum(['fired', 'overlap', 'unique', 'exists']),
    tick: epochMs,
    jobId: z.string(),
    firedAt: epochMs,
    lateMs: durationMs,
  }),
  z.strictObject({
    outcome: z.literal('missed'),
    tick: epochMs,
    lastTick: epochMs,
    count,
    atLeast: z.boolean(),
    firedAt: epochMs,
  }),
]) satisfies z.ZodType<Firing>;

/** What a schedule did at its last ticks, newest first. */
export const firingsSchema = z.strictObject({ firings: z.array(firing) }).meta({ id: 'Firings' });
