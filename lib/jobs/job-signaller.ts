import { queuesWithJob, SharedDiscovery } from '../engine/discovery/discovery.ts';
import { queueKeys } from '../engine/keys.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { type SignalResult, sendSignal, type WrittenSignal } from '../engine/signals/send-signal.ts';
import { ApiaryError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';
import { requireWellFormed } from '../names.ts';
import { requireObject } from '../require-given.ts';
import { type ShardRecord, shardsWithJobs } from '../shards/shard-record.ts';
import { requireDefinition } from './define.ts';
import type { JobDefinition } from './definition.ts';
import type { JobStores } from './job-stores.ts';
import { parseSignal, writeSignal } from './signal-data.ts';
import { requireSignalName } from './signals.ts';
import type { JobAddress } from './wait.ts';

/** What became of a signal. */
export interface SentSignal {
  id: string;
  queue: string;
  signal: string;
  /** False where the job has been given one of that name before, which counts; nothing was changed then. */
  created: boolean;
}

/** What may be said of a signal that is sent. */
export interface SignalOptions<Signals = unknown> {
  /** The definition of the job: its signals are known by it, and what their data are. Default: nothing is checked. */
  of: JobDefinition<unknown, unknown, unknown, unknown, Signals>;
}

/** What signalling works with. */
export interface JobSignallerDeps {
  client: RedisClient;
  prefix: string;
  /** By what the signals of encrypted jobs are encrypted; null for nothing. */
  keyring: Keyring | null;
  /** Which queues have shards. */
  stores: Pick<JobStores, 'known' | 'ask'>;
  /** The queues in which a job of which only the id is known is looked for first. */
  likelyQueues: () => string[];
}

/** A signal as it is given. */
export interface GivenSignal {
  name: string;
  data: unknown;
  options?: SignalOptions | undefined;
}

/** Gives jobs signals, for the handlers that wait for them. */
export class JobSignaller {
  readonly #deps: JobSignallerDeps;
  readonly #discovery: SharedDiscovery;

  constructor(deps: JobSignallerDeps) {
    this.#deps = deps;
    this.#discovery = new SharedDiscovery(deps.client, deps.prefix);
  }

  /** Gives a job a signal; see `Producer#signal`. */
  async signal(job: JobAddress, { name, data, options }: GivenSignal): Promise<SentSignal> {
    const of = options === undefined ? { type: '' } : requireObject('signal', 'of', options).of;
    if (options !== undefined) requireDefinition(of);
    requireSignalName(of, name);
    const { value, ...written } = writeSignal(name, data);
    await parseSignal(of, name, value);
    const { id, queue } = await this.#placeOf(job);
    const sent = await this.#send({ id, queue }, written);
    if (sent.done) return { id, queue, signal: name, created: sent.created };
    if (sent.state === null) throw notFound(`queue ${queue} has no job ${id}`);
    const message = `job ${id} of queue ${queue} has ended as ${sent.state}, so it was not signalled`;
    throw new ApiaryError('JOB_STATE_FORBIDS', message);
  }

  /** Most queues have no shards: it is asked for them only where the job is not there. */
  async #send({ id, queue }: { id: string; queue: string }, written: WrittenSignal): Promise<SignalResult> {
    const { client, stores } = this.#deps;
    const known = stores.known(queue);
    const sendTo = (shard: string): Promise<SignalResult> =>
      sendSignal({ client, keys: this.#keysOf(shard) }, id, written);
    if (known) return sendTo(await this.#shardOf(queue, id, known));
    const sent = await sendTo(queue);
    if (sent.done || sent.state !== null) return sent;
    const record = await stores.ask(queue);
    return record ? sendTo(await this.#shardOf(queue, id, record)) : sent;
  }

  async #placeOf(job: JobAddress): Promise<{ id: string; queue: string }> {
    const { id, queue } = typeof job === 'string' ? { id: job, queue: null } : requireAddress(job);
    requireWellFormed('id', id);
    if (queue !== null) {
      requireWellFormed('queue', queue);
      return { id, queue };
    }
    const [found, ...others] = await this.#queuesWith(id);
    if (found === undefined) throw notFound(`no queue has a job ${id}`);
    if (others.length === 0) return { id, queue: found };
    const names = [found, ...others].join(', ');
    throw new ApiaryError('JOB_INVALID', `the queues ${names} have a job ${id}: give its id and its queue`);
  }

  /** The shard of a queue that has the job; the queue itself where none has it. */
  async #shardOf(queue: string, id: string, record: ShardRecord): Promise<string> {
    const { client, prefix } = this.#deps;
    const [found] = await queuesWithJob(client, { prefix, queues: shardsWithJobs(queue, record), id });
    return found ?? queue;
  }

  async #queuesWith(id: string): Promise<string[]> {
    const { client, prefix, likelyQueues } = this.#deps;
    const likely = await queuesWithJob(client, { prefix, queues: likelyQueues(), id });
    if (likely.length > 0) return likely;
    const queues = [...(await this.#discovery.queueNames())];
    return queuesWithJob(client, { prefix, queues, id });
  }

  #keysOf(queue: string): ReturnType<typeof queueKeys> {
    const { client, prefix, keyring } = this.#deps;
    return queueKeys(prefix, queue, client.isCluster, keyring);
  }
}

function requireAddress(job: Exclude<JobAddress, string>): { id: string; queue: string } {
  return requireObject('signal', 'id and queue, or an id', job);
}

function notFound(message: string): ApiaryError {
  return new ApiaryError('JOB_NOT_FOUND', message);
}
