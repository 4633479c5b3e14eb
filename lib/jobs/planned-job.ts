import type { Clock } from '../clock.ts';
import type { LinkedJob } from '../engine/record/links.ts';
import { type JsonText, markedStart, newJob, recordEnding } from '../engine/record/new-job.ts';
import { makeJobId, type StoredLinks, type StoredOptions } from '../engine/record/record.ts';
import type { UniqueKey } from '../engine/record/unique-key.ts';
import type { RedisClient } from '../engine/scripts.ts';
import type { Store } from '../engine/store/store.ts';
import { ApiaryError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';
import { requireName } from '../names.ts';
import { requireList, requireObject } from '../require-given.ts';
import { activeTracing } from '../tracing.ts';
import type { Added } from './added.ts';
import { checkInput } from './check-data.ts';
import { type JobDefinition, requireDefinition, untyped } from './define.ts';
import { settleEncryption } from './encryption.ts';
import { writeData } from './given-data.ts';
import type { AddOptions } from './options.ts';
import { optionsBarredFor, resolveOptions } from './resolve-options.ts';
import { startOf, toStoredOptions } from './stored-options.ts';
import { withTrace } from './trace-headers.ts';

/** A job that is to be added with others; made by {@link jobFor}. */
export interface PlannedJob {
  readonly definition: JobDefinition<unknown, unknown>;
  readonly data: unknown;
  readonly options: AddOptions;
}

/** A planned job whose data were found right, as they will be stored. */
export interface CheckedJob extends PlannedJob {
  readonly json: JsonText;
}

/** Which job was added, or will be. */
export interface LinkedAddress {
  id: string;
  queue: string;
  type: string;
}

/** What adding jobs that are tied together works with. */
export interface LinkingDeps {
  client: RedisClient;
  clock: Clock;
  storeOf: (queue: string) => Store;
  /** What refuses keys in a queue with shards, before they are stored; null where there is nothing to be looked at. */
  lookForShards: (jobs: readonly DraftedJob[]) => (() => Promise<void>) | null;
  /** Told of each job that was created, after it is stored. */
  onCreated: (job: Added) => void;
  /** The name of the producer, or null. */
  addedBy: string | null;
  /** How long the data of a job may be, as JSON in bytes. */
  maxDataBytes: number;
  /** By what jobs are encrypted; null for nothing. */
  keyring: Keyring | null;
}

/** A planned job whose options were checked and whose id is settled. */
export interface DraftedJob extends LinkedAddress {
  json: JsonText;
  stored: StoredOptions;
  /** As `save.lua` takes it. */
  start: string;
  unique: UniqueKey | null;
}

/** How a planned job is written out. */
export interface DraftRules {
  /** Epoch ms. */
  now: number;
  /** What is said before the name of a wrong field. */
  path: string;
  /** Whether it may have an id of its own; default false. */
  takesId?: boolean;
  /** Whether it may have a unique key; default false. */
  takesUnique?: boolean;
  /** Whom it names as the one who added it; default nobody, where the job that adds it is named. */
  addedBy?: string | null;
  /** By what it is encrypted; null for nothing. */
  keyring: Keyring | null;
}

const NOT_LINKED = optionsBarredFor('linked');
/** Why, and what to do instead; of others nothing is said. */
const INSTEAD: Readonly<Record<string, string>> = {
  unique:
    'where another job held the key, nobody would be told; give it a key, and limit that to one at a time',
  group: 'a group ends under another id, and what waits for this job would not be told; leave it out',
};

/**
 * Says which job is to be added, for a chain or a batch; the data are checked when they are added. Throws JOB_INVALID
 * for what is no definition.
 */
export function jobFor<Input>(
  definition: JobDefinition<Input, unknown>,
  data: Input,
  options: AddOptions = {},
): PlannedJob {
  requireDefinition(definition);
  return { definition: untyped(definition), data, options };
}

/** Throws JOB_INVALID unless a call was given a list of planned jobs. */
export function requirePlanned(call: string, jobs: unknown): asserts jobs is readonly PlannedJob[] {
  requireList(call, 'what jobFor(…) returns', jobs);
  for (const job of jobs) {
    requireDefinition(Reflect.get(requireObject(call, 'what jobFor(…) returns', job), 'definition'));
  }
}

/**
 * Writes data out and checks them, once and for all; a promise where the schema needs one. Throws JOB_INVALID where
 * they are not right, as the schema does; DATA_TOO_LARGE beyond `mostBytes`, by default a mebibyte.
 */
export function checkData(planned: PlannedJob, mostBytes?: number): CheckedJob | Promise<CheckedJob> {
  const { json, value } = writeData(planned.definition.type, planned.data, mostBytes);
  const checked = { ...planned, json };
  const checking = checkInput(planned.definition, value);
  return checking ? checking.then(() => checked) : checked;
}

/**
 * Settles the options of a job that others add. Throws JOB_INVALID for options that are wrong or cannot be had there.
 */
export function draft(
  { definition, json, options }: CheckedJob,
  { now, path, takesId = false, takesUnique = false, addedBy = null, keyring }: DraftRules,
): DraftedJob {
  const { type, queue, defaults } = definition;
  requireName(`${path}.type`, type);
  requireName(`${path}.queue`, queue);
  const resolved = settleEncryption(type, resolveOptions(defaults, options), keyring);
  for (const name of NOT_LINKED) {
    if (resolved[name] !== null && !(takesUnique && name === 'unique'))
      throw refusal(
        `${path}.options.${name}`,
        `cannot be had by a job of a chain, a batch or a workflow, nor by one that another adds: ${INSTEAD[name] ?? 'leave it out'}`,
      );
  }
  if (resolved.id !== null && !takesId)
    throw refusal(`${path}.options.id`, 'cannot be chosen for a job that others add');
  const id = resolved.id ?? makeJobId(now);
  const stored = toStoredOptions(type, resolved, { now, addedBy });
  const { start } = newJob({ now: () => now }, { id, data: json, ending: '', start: startOf(resolved) });
  return { id, queue, type, json, stored, start, unique: resolved.unique };
}

/** Writes a job out, tied as said or not. Throws JOB_INVALID when its data cannot be JSON. */
export function written(
  { id, queue, json, stored, start }: DraftedJob,
  links: StoredLinks | null,
): LinkedJob {
  const ending = recordEnding(links ? { ...stored, links } : stored);
  const job = newJob({ now: () => 0 }, { id, data: json, ending, start: null });
  return { queue, job: { ...job, start: markedStart(start, ending) } };
}

/** Runs `send` with these jobs, within a span and with its trace where the process is traced. */
export function sending<T>(
  jobs: readonly CheckedJob[],
  send: (jobs: readonly CheckedJob[]) => Promise<T>,
): Promise<T> {
  const tracing = activeTracing();
  const [first] = jobs;
  if (!tracing || !first) return send(jobs);
  const { queue, type } = first.definition;
  return tracing.sending({ queue, type, count: jobs.length }, (trace) =>
    send(jobs.map((job) => ({ ...job, options: withTrace(job.definition, job.options, trace) }))),
  );
}

/** Throws JOB_INVALID unless one script can store them all: in a cluster each queue has a slot of its own. */
export function requireReach(client: RedisClient, jobs: readonly PlannedJob[]): void {
  const [first, ...others] = new Set(jobs.map(({ definition }) => definition.queue));
  if (!client.isCluster || others.length === 0) return;
  throw refusal(
    'jobs',
    `must all be of one queue in a Redis Cluster, not of ${[first, ...others].join(', ')}`,
  );
}

/** A refusal of one field. */
export function refusal(path: string, what: string): ApiaryError {
  const message = `${path} ${what}`;
  return new ApiaryError('JOB_INVALID', message, { problems: [{ path, message }] });
}
