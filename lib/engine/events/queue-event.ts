import { isSealed } from '../../keyring.ts';
import { namesOf } from '../../names-of.ts';
import { readOwn } from '../own-json.ts';
import { CLOSED_TEXT, type PrivatePlace, type Sealing, sealOf } from '../record/private.ts';
import { type EventId, eventIdText, parseEventId } from './event-id.ts';

/** What each event tells beside its queue, its id and its time. */
interface EventFacts {
  /** A job was stored. */
  added: JobFacts & {
    /** When it is due, epoch ms; null when it may run at once. */
    dueAt: number | null;
  };
  /** A worker took it; it tells so again after the job went back untouched. */
  started: JobFacts;
  progress: JobFacts & Cut & { progress: unknown };
  /** It has not ended and is to run again. */
  retrying: JobFacts & Cut & { inMs: number /** Null where no attempt failed. */; error: string | null };
  /** It was given a signal. */
  signalled: JobFacts & { signal: string };
  succeeded: JobFacts & Cut & { result: unknown };
  failed: JobFacts & Cut & { error: string };
  cancelled: JobFacts & Cut & { error: string };
  /** Somebody removed it; what retention removes is not told. */
  removed: JobFacts;
  paused: { by: string };
  resumed: object;
  /** Nothing waits and nothing runs any more; delayed jobs may be left. */
  drained: object;
  /** What came before was not kept, or not written. */
  gap: {
    /** How many events are missing; null when nobody knows. */
    missed: number | null;
  };
}

interface JobFacts {
  job: string;
}

interface Cut {
  /** There when what the job was told with was longer than 1,000 bytes, and is null here: the job itself has it. */
  cut?: true;
}

/** The name of an event of a queue. */
export type QueueEventName = keyof EventFacts;

/** Something that happened in a queue, told apart by `event`. */
export type QueueEvent = {
  [Name in QueueEventName]: {
    event: Name;
    queue: string;
    /** Names it in its queue: what came after it is found by this. */
    id: string;
    /** Epoch ms by Redis's clock. */
    at: number;
  } & EventFacts[Name];
}[QueueEventName];

/** An event as it stands in the log; null when it says only that the log begins. */
export interface LogEntry {
  id: EventId;
  event: QueueEvent | null;
}

/** Those that scripts write; of gaps whoever reads finds out. */
type LoggedName = Exclude<QueueEventName, 'gap'>;
type Reader<Name extends LoggedName> = (job: string, data: string) => EventFacts[Name];

/** How each is read from what the scripts write: the job, and what is told with it. */
const READERS: { readonly [Name in LoggedName]: Reader<Name> } = {
  added: (job, data) => ({ job, dueAt: data === '' ? null : Math.round(Number(data)) }),
  started: (job) => ({ job }),
  progress: (job, data) => {
    const { value, cut } = readData(data);
    return { job, progress: fieldOf(value, 'data'), ...cut };
  },
  retrying: (job, data) => {
    const [, inMs = '0', message = ''] = /^(\d+) ?(.*)$/s.exec(data) ?? [];
    const { value, cut } = readData(message);
    return { job, inMs: Number(inMs), error: message === '' ? null : toText(value), ...cut };
  },
  signalled: (job, data) => ({ job, signal: data }),
  succeeded: (job, data) => {
    const { value, cut } = readData(data);
    return { job, result: value, ...cut };
  },
  failed: readEnd,
  cancelled: readEnd,
  removed: (job) => ({ job }),
  paused: (_job, data) => ({ by: toText(fieldOf(readData(data).value, 'by')) }),
  resumed: () => ({}),
  drained: () => ({}),
};

/** The names of all events. */
export const QUEUE_EVENTS: readonly QueueEventName[] = [...namesOf<LoggedName>(READERS), 'gap'];

/**
 * Reads an entry of the log of a queue, which anybody may have written; null when it is none of ours. What is sealed in
 * it is opened, or hidden where it cannot be.
 */
export function readEntry(sealing: Sealing, id: string, fields: readonly string[]): LogEntry | null {
  const { queue } = sealing;
  const at = parseEventId(id);
  if (at === null) return null;
  const values = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) values.set(fields[i] ?? '', fields[i + 1] ?? '');
  const name = values.get('event') ?? '';
  if (!isLogged(name)) return { id: at, event: null };
  const where = { queue, id, at: at.ms };
  return { id: at, event: opened(makeEvent(where, name, values), sealing) };
}

/** Says that events are missing before what comes next; null for a number that nobody knows. */
export function gapEvent(queue: string, id: EventId, missed: number | null): QueueEvent {
  return { event: 'gap', queue, id: eventIdText(id), at: id.ms, missed };
}

function makeEvent(
  where: { queue: string; id: string; at: number },
  name: LoggedName,
  values: ReadonlyMap<string, string>,
): QueueEvent {
  const facts = READERS[name](values.get('job') ?? '', values.get('data') ?? '');
  // Each reader gives the facts of its own name, which the compiler does not follow through the table.
  return { event: name, ...where, ...facts } as QueueEvent;
}

function opened(event: QueueEvent, sealing: Sealing): QueueEvent {
  switch (event.event) {
    case 'progress':
      return { ...event, progress: openValue(sealing, event, { place: 'progress', value: event.progress }) };
    case 'succeeded':
      return { ...event, result: openValue(sealing, event, { place: 'result', value: event.result }) };
    case 'retrying':
      return { ...event, error: event.error === null ? null : openText(sealing, event, event.error) };
    case 'failed':
    case 'cancelled':
      return { ...event, error: openText(sealing, event, event.error) };
    default:
      return event;
  }
}

function openText(sealing: Sealing, { job }: { job: string }, text: string): string {
  return isSealed(text) ? (unsealed(sealing, job, 'error', text) ?? CLOSED_TEXT) : text;
}

function openValue(
  sealing: Sealing,
  { job }: { job: string },
  { place, value }: { place: 'progress' | 'result'; value: unknown },
): unknown {
  if (!isSealed(value)) return value;
  const json = unsealed(sealing, job, place, value);
  return json === null ? CLOSED_TEXT : readOwn<unknown>(json);
}

function unsealed(sealing: Sealing, job: string, place: PrivatePlace, text: string): string | null {
  try {
    return sealOf(sealing, job).open(place, text);
  } catch {
    return null;
  }
}

function isLogged(name: string): name is LoggedName {
  return Object.hasOwn(READERS, name);
}

function readEnd(job: string, data: string): JobFacts & Cut & { error: string } {
  const { value, cut } = readData(data);
  return { job, error: toText(value), ...cut };
}

/** What a script leaves out because it is too long, it writes so. */
const CUT = 'cut';

function readData(data: string): { value: unknown; cut: Cut } {
  if (data === '') return { value: null, cut: {} };
  if (data === CUT) return { value: null, cut: { cut: true } };
  try {
    return { value: JSON.parse(data), cut: {} };
  } catch {
    return { value: null, cut: { cut: true } };
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) ?? null) : null;
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
}
