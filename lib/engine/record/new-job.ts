import type { Clock } from '../../clock.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import { requireWellFormed } from '../../names.ts';
import { readOwn } from '../own-json.ts';
import { type Sealing, sealOf, sealOptions } from './private.ts';
import { type JobRecord, makeJobId, type StoredOptions } from './record.ts';

/** When a job may start: at once, at a time (epoch ms), or some ms after Redis has stored it. */
export type JobStart = { at: number } | { inMs: number } | null;

/** A job to be stored, written out; see {@link recordOf}. */
export interface NewJob {
  id: string;
  /** As JSON. */
  data: string;
  /** What follows the data in its record; the same text for all jobs with the same options. */
  ending: string;
  /**
   * '' for at once, a number for epoch ms, `+n` for n ms from when Redis stores it; `!` before it where the priority is
   * not the default, see {@link markedStart}.
   */
  start: string;
  /** Whether the id was made here, for this job alone; default false. */
  isOwnId?: boolean;
  /** Whether what is private of it is sealed already; default false. */
  isSealed?: true;
}

/** Data that were written as JSON already. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a new job is made of. */
export interface NewJobParts {
  /** Null asks for an id of ours. */
  id: string | null;
  /** Any JSON value, or the text of one. */
  data: unknown;
  ending: string;
  start: JobStart;
}

/** Writes a job out. Throws JOB_INVALID when its data cannot be JSON: what is acknowledged must be readable again. */
export function newJob(clock: Pick<Clock, 'now'>, { id, data, ending, start }: NewJobParts): NewJob {
  if (id !== null) requireWellFormed('id', id);
  const json = data instanceof JsonText ? data.text : toJson(data);
  const isOwnId = id === null;
  // Written out whole: an object that is made of another takes several times as long, and each job is one.
  return {
    id: id ?? makeJobId(clock.now()),
    isOwnId,
    data: json,
    ending,
    start: markedStart(toStart(start), ending),
  };
}

/** Writes what follows the data in the record of a new job, in bee-queue's order. Throws JOB_INVALID as above. */
export function recordEnding(options: StoredOptions, progress: unknown = 0): string {
  const stored = options.encrypted ? markedLast(options) : options;
  return `,"options":${toJson(limitedFirst(stored))},"status":"created","progress":${toJson(progress)}}`;
}

/** Behind all other options one comparison finds it, see {@link sealedJob}. */
function markedLast({ encrypted, ...others }: StoredOptions): StoredOptions {
  return { ...others, ...(encrypted && { encrypted }) };
}

/**
 * Seals what is private of a new job that is to be encrypted; any other is returned as it is. Throws
 * ENCRYPTION_KEY_MISSING where there are no keys: whoever makes such a job sees to that before.
 */
export function sealedJob(job: NewJob, sealing: Sealing): NewJob {
  if (job.isSealed || !job.ending.endsWith(ENCRYPTED_END)) return job;
  const seal = sealOf(sealing, job.id);
  const data = `"${seal.seal('data', job.data)}"`;
  if (!PRIVATE_OPTIONS.test(job.ending)) return { ...job, data, isSealed: true };
  const { options, progress } = readOwn<Pick<JobRecord, 'options' | 'progress'>>(`{${job.ending.slice(1)}`);
  return { ...job, data, ending: recordEnding(sealOptions(seal, options), progress), isSealed: true };
}

const ENCRYPTED_END = '"encrypted":true},"status":"created","progress":0}';
const PRIVATE_OPTIONS = /"(?:headers|links)":/;

/** Writes the record of a new job. What limits go by comes first of all, so that Redis finds it, see `key-of.lua`. */
export function recordOf(job: NewJob, sealing: Sealing): string {
  const { data, ending } = sealedJob(job, sealing);
  if (!isLimited(ending) || !ending.endsWith(AS_NEW)) return `{"data":${data}${ending}`;
  return `{${ending.slice(1, -AS_NEW.length)},"data":${data}${AS_NEW}`;
}

/**
 * Writes the record of a job of which more is known when it starts: in two parts, between which the ties go on, and the
 * options behind them. The ties must come last of the options, and something must be in them.
 */
export function openRecord(
  data: string,
  options: Omit<StoredOptions, 'timestamp'>,
): { before: string; behind: string } {
  const written = toJson(limitedFirst(options));
  const open = `"options":${written.slice(0, -CLOSING.length)}`;
  if (!isLimited(`,${open}`)) return { before: `{"data":${data},${open}`, behind: `}${AS_NEW}` };
  return { before: `{${open}`, behind: `},"data":${data}${AS_NEW}` };
}

/** The ends of the ties and of the options. */
const CLOSING = '}}';
const LIMITED = /^,"options":\{"(?:key|cost|priority|front)":/;
/** Where the name of the first option begins, and with which letters that of one does that limits go by. */
const FIRST_NAME_AT = ',"options":{"'.length;
const FIRST_LETTERS = 'kcpf';
/** Where a priority is said at the begin of the options. */
const PRIORITISED = /^,"options":\{(?:"key":"(?:[^"\\]|\\.)*",?)?(?:"cost":\d+,?)?"(?:priority|front)":/;
const MARK = '!';

/** Most are told apart by one letter: a pattern takes longer, and is asked twice for each new job. */
function isLimited(ending: string): boolean {
  return FIRST_LETTERS.includes(ending.charAt(FIRST_NAME_AT)) && LIMITED.test(ending);
}

/**
 * Marks a start where the ending of the record says a priority: by that Redis knows that the queue has some, without
 * looking into records.
 */
export function markedStart(start: string, ending: string): string {
  return isLimited(ending) && PRIORITISED.test(ending) ? MARK + start : start;
}

/** A start without its mark. */
export function unmarkedStart(start: string): string {
  return start.startsWith(MARK) ? start.slice(MARK.length) : start;
}
/** What comes behind the options of a job to which nothing has happened. */
const AS_NEW = ',"status":"created","progress":0}';

/** So what limits and turns go by is found at the begin of the options. */
export function limitedFirst<Options extends Partial<StoredOptions>>(options: Options): Options {
  const { key, cost, priority, front } = options;
  if (key === undefined && cost === undefined && priority === undefined && front === undefined)
    return options;
  return {
    ...(key !== undefined && { key }),
    ...(cost !== undefined && { cost }),
    ...(priority !== undefined && { priority }),
    ...(front !== undefined && { front }),
    ...options,
  };
}

function toStart(start: JobStart): string {
  if (start === null) return '';
  return 'at' in start ? String(start.at) : `+${start.inMs}`;
}

/** Writes data or options of a job. Throws JOB_INVALID when they cannot be JSON. */
export function toJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (cause) {
    throw notJson(`cannot be written as JSON: ${coerceError(cause).message}`, cause);
  }
  if (json === undefined) throw notJson(`must be a JSON value, not ${typeof value}`);
  return json;
}

function notJson(message: string, cause?: unknown): ApiaryError {
  return new ApiaryError('JOB_INVALID', `data ${message}`, {
    cause,
    problems: [{ path: 'data', message }],
  });
}
