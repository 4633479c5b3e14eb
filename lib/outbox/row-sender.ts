import { queueKeys } from '../engine/keys.ts';
import { defineScripts, type RedisClient } from '../engine/scripts.ts';
import {
  forgetRelayed,
  type RelayedAnswer,
  type RelayedDeps,
  relayChunks,
  saveRelayed,
} from '../engine/store/relayed.ts';
import { ApiaryError } from '../errors.ts';
import { JobStores } from '../jobs/job-stores.ts';
import type { Keyring } from '../keyring.ts';
import { isName, NAME_RULE } from '../names.ts';
import type { Lane } from './lanes.ts';
import { type RowJob, RowJobs } from './row-job.ts';
import { type StoredRow, tokenOf } from './stored-row.ts';

/** A row that can never be stored, and why. */
export interface RefusedRow {
  row: StoredRow;
  error: ApiaryError;
}

/** What became of rows that were sent. Those that are not named stay where they are. */
export interface Sent {
  /** Those that may be removed: their jobs are stored, or others are in their place as their options say. */
  readonly done: StoredRow[];
  readonly refused: RefusedRow[];
  /** Whether the queue had no room for some. */
  isFull: boolean;
  /** What Redis failed with; undefined where it did not. */
  trouble: unknown;
}

/** What sending rows works with. */
export interface RowSenderDeps {
  client: RedisClient;
  prefix: string;
  /** How long the data of a job may be, as JSON in bytes; default a mebibyte. */
  maxDataBytes?: number;
  /** By what jobs are encrypted; default nothing. */
  keyring?: Keyring | null;
}

/** A call that sends some rows, and what it answers of each. */
interface SendCall {
  jobs: readonly RowJob[];
  make(): Promise<RelayedAnswer[]>;
}

/** Stores the jobs of rows in Redis. */
export class RowSender {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #keyring: Keyring | null;
  readonly #stores: JobStores;
  readonly #jobs: RowJobs;

  constructor({ client, prefix, maxDataBytes, keyring = null }: RowSenderDeps) {
    defineScripts(client);
    this.#keyring = keyring;
    this.#client = client;
    this.#prefix = prefix;
    this.#stores = new JobStores(client, prefix, keyring);
    this.#jobs = new RowJobs(maxDataBytes, keyring);
  }

  /** How many bytes of data of a row are worth reading. */
  get mostReadBytes(): number {
    return this.#jobs.mostReadBytes;
  }

  /** Sends rows of a lane, one after the other where their order counts; never rejects. */
  async send(lane: Pick<Lane, 'queue' | 'isOrdered'>, rows: readonly StoredRow[]): Promise<Sent> {
    const sent: Sent = { done: [], refused: [], isFull: false, trouble: undefined };
    const ready = new Map<RowJob, StoredRow>();
    const refusal = isName(lane.queue) ? null : noQueue();
    for (const row of rows) {
      const job = refusal ?? this.#jobs.of(row);
      if (job instanceof ApiaryError) sent.refused.push({ row, error: job });
      else ready.set(job, row);
    }
    const calls = this.#callsFor(lane.queue, [...ready.keys()]);
    const settle = (call: SendCall): Promise<void> => settleCall(call, ready, sent);
    if (!lane.isOrdered) await Promise.all(calls.map(settle));
    else for (const call of calls) if (sent.trouble === undefined) await settle(call);
    return sent;
  }

  /** Says that rows are gone for good, so that Redis need not know them any longer. */
  forget(queue: string, rows: readonly StoredRow[]): Promise<void> {
    return forgetRelayed(this.#depsOf(queue), rows.map(tokenOf));
  }

  #callsFor(queue: string, jobs: readonly RowJob[]): SendCall[] {
    const deps = this.#depsOf(queue);
    const alone = relayChunks(jobs.filter(({ join }) => join === null));
    return [
      ...alone.map((chunk) => ({ jobs: chunk, make: () => saveRelayed(deps, chunk) })),
      ...jobs.flatMap((job) => (job.join === null ? [] : [this.#joinCall(queue, job, job.join)])),
    ];
  }

  #joinCall(queue: string, one: RowJob, join: NonNullable<RowJob['join']>): SendCall {
    const make = async (): Promise<RelayedAnswer[]> => {
      await this.#stores.of(queue).saveGrouped([one.job], join);
      return ['stored'];
    };
    return { jobs: [one], make };
  }

  #depsOf(queue: string): RelayedDeps {
    const keys = queueKeys(this.#prefix, queue, this.#client.isCluster, this.#keyring);
    return { client: this.#client, keys };
  }
}

async function settleCall(
  { jobs, make }: SendCall,
  rowOf: ReadonlyMap<RowJob, StoredRow>,
  sent: Sent,
): Promise<void> {
  try {
    const answers = await make();
    for (const [at, job] of jobs.entries()) {
      const row = rowOf.get(job);
      const answer = answers[at];
      if (row && answer) note(sent, answer, { row, job });
    }
  } catch (error) {
    sent.trouble ??= error;
  }
}

function note(sent: Sent, answer: RelayedAnswer, { row, job }: { row: StoredRow; job: RowJob }): void {
  if (answer === 'full') sent.isFull = true;
  else if (answer === 'held' && job.unique?.onConflict === 'reject')
    sent.refused.push({ row, error: new ApiaryError('JOB_EXISTS', 'another job holds the unique key') });
  else sent.done.push(row);
}

function noQueue(): ApiaryError {
  return new ApiaryError('JOB_INVALID', `queue must be ${NAME_RULE}`);
}
