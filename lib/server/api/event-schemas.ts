import { z } from 'zod';
import { closedObject } from '../../closed-object.ts';
import type { QueueEventName } from '../../inspector/events.ts';
import { namesOf } from '../../names-of.ts';

const epochMs = z.int().meta({ description: 'epoch milliseconds' });
const job = z.string().meta({ description: 'its id' });
const cut = z.literal(true).optional().meta({ description: 'there when it was too long, and is null here' });
const error = z.string().nullable();

/** What each event has beside its name, its queue, its id and its time. */
const FACTS: Readonly<Record<QueueEventName, z.core.$ZodLooseShape>> = {
  added: { job, dueAt: epochMs.nullable().meta({ description: 'null when it may run at once' }) },
  started: { job },
  progress: { job, progress: z.unknown(), cut },
  retrying: { job, inMs: z.number(), error, cut },
  signalled: { job, signal: z.string() },
  succeeded: { job, result: z.unknown(), cut },
  failed: { job, error, cut },
  cancelled: { job, error, cut },
  removed: { job },
  paused: { by: z.string() },
  resumed: {},
  drained: {},
  gap: { missed: z.int().nullable().meta({ description: 'how many events; null when nobody knows' }) },
};

const OTHERS = namesOf(FACTS).filter((event) => event !== 'added');

/** An event as it is sent. */
export const queueEventSchema: z.ZodType = z
  .discriminatedUnion('event', [schemaOf('added'), ...OTHERS.map(schemaOf)])
  .meta({ id: 'QueueEvent', description: 'what stands behind `data:`; `id:` is its id' });

const RULE = 'must be the id of an event, like 1795473390607-57';
const eventId = z
  .string()
  .regex(/^\d{1,15}-\d{1,15}(\.\d{1,15}-\d{1,15}){0,63}$/, RULE)
  .optional()
  .meta({ description: 'of an event: those after it come first; default what happens from now on' });

/** From where on events are wanted. */
export const eventsQuerySchema = closedObject({ since: eventId });

/** The same, as a client sends it that comes back; it counts more. */
export const eventsHeadersSchema = z.object({ 'Last-Event-ID': eventId });

function schemaOf(event: QueueEventName) {
  return z.strictObject({
    event: z.literal(event),
    queue: z.string(),
    id: z.string(),
    at: epochMs,
    ...FACTS[event],
  });
}

const recorded = z.boolean().meta({ description: 'whether events are written also while nobody listens' });

/** Whether events are to be written for good. */
export const toBeRecordedSchema = closedObject({ recorded }).meta({ id: 'ToBeRecorded' });

/** Whether they are. */
export const recordingSchema = z.strictObject({ queue: z.string(), recorded }).meta({ id: 'Recording' });

/** What a change of that came to. */
export const recordingChangeSchema = z
  .strictObject({
    queue: z.string(),
    recorded,
    changed: z.boolean().meta({ description: 'false when it was so before' }),
  })
  .meta({ id: 'RecordingChange' });
