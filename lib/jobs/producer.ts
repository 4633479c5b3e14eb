import { type Clock, systemClock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import type { StoredOptions } from '../engine/record.ts';
import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import { type NewJob, newJob, Store } from '../engine/store.ts';
import { DEFAULT_TIMEOUT_MS } from '../engine/timeout.ts';
import { type JobDefinition, parseData } from './define.ts';
import { type JobOptions, type ResolvedJobOptions, resolveOptions } from './options.ts';
import { type FinishedJob, type JobAddress, JobWaits, type WaitOptions } from './wait.ts';

/** The answer to an added job. */
export interface Added {
  id: string;
  queue: string;
  type: string;
  /** False when a job with that id was there already; it was not changed. */
  created: boolean;
  /** Where the created job went; null when it was not created: what the other is in, the inspector says. */
  state: 'waiting' | 'delayed' | null;
}

/** What a producer works with. */
export interface ProducerDeps {
  client: RedisClient;
  /** QUEUE_PREFIX; default `bq`. */
  prefix?: string;
  clock?: Clock;
  /** Told of each job that was created here, after it is stored. */
  onCreated?: (job: Added) => void;
  /** Called by `close`, to close what was opened for it. */
  close?: () => Promise<void>;
}

/** A job without a definition at hand, as the HTTP API may be given it. */
export interface RawJob {
  type: string;
  queue: string;
  data: unknown;
  options: JobOptions;
}

/** Adds jobs. What is acknowledged is stored in Redis; what existed already is not changed. */
export class Producer {
  readonly #client: RedisClient;
  readonly #close: () => Promise<void>;
  readonly #onCreated: (job: Added) => void;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #stores = new Map<string, Store>();
  readonly #waits: JobWaits;

  constructor({
    client,
    prefix = 'bq',
    clock = systemClock,
    close = async () => {},
    onCreated = () => {},
  }: ProducerDeps) {
    defineScripts(client);
    this.#client = client;
    this.#close = close;
    this.#onCreated = onCreated;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#waits = new JobWaits({ client, prefix, clock, likelyQueues: () => [...this.#stores.keys()] });
  }

  /** Adds one job; throws JOB_INVALID when data or options are not right. */
  async add<Input>(
    definition: JobDefinition<Input, unknown>,
    data: Input,
    options: JobOptions = {},
  ): Promise<Added> {
    await checkInput(definition, data);
    return this.#addOne(definition, data, resolveOptions(definition.defaults, options));
  }

  /** Adds many jobs of one type with the same options, a thousand per round trip; the answers are in order. */
  async addMany<Input>(
    definition: JobDefinition<Input, unknown>,
    data: readonly Input[],
    options: Omit<JobOptions, 'id'> = {},
  ): Promise<Added[]> {
    const resolved = resolveOptions(definition.defaults, options);
    const jobs: NewJob[] = [];
    for (const one of data) {
      const checking = checkInput(definition, one);
      if (checking) await checking;
      jobs.push(this.#newJob(definition, one, resolved));
    }
    return this.#save(definition, jobs);
  }

  /** Adds a job of which no definition is at hand: its data is stored as it is, for a worker elsewhere to check. */
  async addRaw({ type, queue, data, options }: RawJob): Promise<Added> {
    return this.#addOne({ type, queue }, data, resolveOptions({}, options));
  }

  /**
   * Waits for the end of a job, whichever process runs it, and resolves with how it ended. An answer of `add` says
   * which job; an id alone is looked for in the queues that this producer has added to, then in all others, and where
   * two queues have it the first end counts.
   *
   * An end is never missed, whether it comes before the wait, during or after it begins; where Redis or the connection
   * fails, it is known at most two seconds after they are back. A job that is not kept after its end leaves an
   * announcement and nothing else: of one that ended before the wait began, nothing is known.
   *
   * Rejects with WAIT_TIMED_OUT after `timeoutMs`; with JOB_NOT_FOUND when there is no such job, or none any more;
   * with QUEUE_CLOSED when the producer is closed; with the reason of the signal; with JOB_INVALID for what cannot be.
   * The job goes on in any case. The first wait opens a connection that all waits share, until `close`.
   */
  waitFor(job: JobAddress, options: WaitOptions): Promise<FinishedJob> {
    return this.#waits.waitFor(job, options);
  }

  /** Ends all waits and closes what was opened for it; a client of the caller's stays open. */
  async close(): Promise<void> {
    await this.#waits.close();
    await this.#close();
  }

  async #addOne(
    definition: Pick<JobDefinition, 'type' | 'queue'>,
    data: unknown,
    options: ResolvedJobOptions,
  ): Promise<Added> {
    const job = this.#newJob(definition, data, options);
    const [added] = await this.#save(definition, [job]);
    return added ?? toAdded(definition, job, false);
  }

  async #save(definition: Pick<JobDefinition, 'type' | 'queue'>, jobs: readonly NewJob[]): Promise<Added[]> {
    const created = await this.#store(definition.queue).save(jobs);
    const answers = jobs.map((job, at) => toAdded(definition, job, created[at]));
    for (const answer of answers) if (answer.created) this.#onCreated(answer);
    return answers;
  }

  #newJob(
    definition: Pick<JobDefinition, 'type' | 'queue'>,
    data: unknown,
    options: ResolvedJobOptions,
  ): NewJob {
    const now = this.#clock.now();
    const stored = toStoredOptions(definition.type, options, now);
    const { id, runAt, delayMs } = options;
    const start = runAt !== null ? { at: runAt } : delayMs ? { inMs: delayMs } : null;
    const record = { data, options: stored, status: 'created', progress: 0 } as const;
    return newJob(this.#clock, { id, record, start: runAt !== null && runAt <= now ? null : start });
  }

  #store(queue: string): Store {
    const known = this.#stores.get(queue);
    if (known) return known;
    const store = new Store(this.#client, queueKeys(this.#prefix, queue, this.#client.isCluster));
    this.#stores.set(queue, store);
    return store;
  }
}

/**
 * What is stored is what was given, once it was found valid: the worker parses it again, with its own and perhaps
 * newer schema, and a schema that transforms must not be applied twice.
 */
function checkInput<Input>(definition: JobDefinition<Input, unknown>, data: Input): Promise<unknown> | null {
  const checked = parseData(definition as JobDefinition<never, unknown>, data);
  return checked instanceof Promise ? checked : null;
}

/** Writes the options in bee-queue's words; a default that the worker knows by itself is left out. */
function toStoredOptions(type: string, options: ResolvedJobOptions, now: number): StoredOptions {
  const { retries, timeoutMs, backoff, headers, runAt, delayMs } = options;
  const stored: StoredOptions = { timestamp: now, retries };
  if (timeoutMs !== DEFAULT_TIMEOUT_MS) stored.timeout = timeoutMs;
  const dueAt = runAt ?? (delayMs ? now + delayMs : null);
  if (dueAt !== null && dueAt > now) stored.delay = dueAt;
  if (backoff) {
    const { delayMs: delay, maxDelayMs: maxDelay, jitter } = backoff;
    stored.backoff = { strategy: backoff.type, delay, maxDelay, jitter };
  }
  if (Object.keys(headers).length > 0) stored.headers = headers;
  // Always said, also where it equals the queue: it tells our jobs from those of a stock producer.
  stored.type = type;
  return stored;
}

function toAdded(
  { type, queue }: Pick<JobDefinition, 'type' | 'queue'>,
  { id, start }: NewJob,
  created: boolean | undefined,
): Added {
  if (!created) return { id, queue, type, created: false, state: null };
  return { id, queue, type, created, state: start === null ? 'waiting' : 'delayed' };
}
