import type { EventEmitter } from 'node:events';
import { coerceError } from '../../errors.ts';
import { tellListeners } from '../../listeners.ts';
import { type JobMessage, parseJobMessage } from '../ends/job-messages.ts';
import { type JobRecord, parseRecord } from '../record/record.ts';
import type { RedisClient } from '../scripts.ts';
import type { Job } from './job.ts';
import type { QueueEvents } from './queue-events.ts';

/** What a listener works with. */
export interface JobListenerDeps {
  /** A connection in subscriber mode. */
  subscriber: RedisClient;
  /** The connection for commands. */
  client: RedisClient;
  /** The channel, as Redis names it in its messages. */
  channel: string;
  /** The hash of the jobs' records. */
  jobsKey: string;
  queue: EventEmitter<QueueEvents>;
  /** The jobs that are told of their own events, by id; one that ended is taken out. */
  jobs: Map<string, Job>;
  onTrouble: (error: unknown) => void;
}

/** How many records one look at the remembered jobs reads. */
const CATCH_UP_CHUNK = 500;

/**
 * Turns what workers announce into events of the queue and of the jobs that were saved here. What was announced while
 * nobody listened (the connection was away, or not there yet) is read from the records as soon as it listens again.
 */
export class JobListener {
  readonly #deps: JobListenerDeps;

  constructor(deps: JobListenerDeps) {
    this.#deps = deps;
  }

  /** Starts; the subscriber must be new, and listening ends with its connection. */
  start(): void {
    const { subscriber, channel, onTrouble } = this.#deps;
    subscriber.on('message', (name: string, text: string) => {
      if (name === channel) this.#hear(text);
    });
    // Subscribing anew to what one is subscribed to is harmless, and its answer says: from here on we hear.
    subscriber.on('ready', () => {
      subscriber.subscribe(channel).then(this.#catchUp).catch(onTrouble);
    });
  }

  #hear(text: string): void {
    const { channel, queue, jobs, onTrouble } = this.#deps;
    const message = parseJobMessage(text);
    if (!message) {
      onTrouble(new Error(`a message on ${channel} is no event of a job; it was ignored`));
      return;
    }
    this.#emit(queue, `job ${message.event}`, [message.id, message.data]);
    const job = jobs.get(message.id);
    if (job) this.#tell(job, message);
  }

  #tell(job: Job, message: JobMessage): void {
    const { event, data } = message;
    if (event === 'progress') job.progress = data;
    else job.status = event;
    if (event === 'retrying') job.options.retries = (job.options.retries ?? 1) - 1;
    if (event === 'succeeded' || event === 'failed') this.#deps.jobs.delete(message.id);
    this.#emit(job, event, [data]);
  }

  readonly #catchUp = async (): Promise<void> => {
    const { client, jobsKey, jobs } = this.#deps;
    const ids = [...jobs.keys()];
    for (let from = 0; from < ids.length; from += CATCH_UP_CHUNK) {
      const chunk = ids.slice(from, from + CATCH_UP_CHUNK);
      const records = await client.hmget(jobsKey, ...chunk);
      for (const [at, id] of chunk.entries()) {
        const job = jobs.get(id);
        const ending = endingOf(id, parseRecord(records[at] ?? 'null'));
        if (job && ending) this.#tell(job, ending);
      }
    }
  };

  #emit(emitter: EventEmitter, event: string, facts: readonly unknown[]): void {
    tellListeners(emitter, event, facts, (thrown) => this.#deps.onTrouble(coerceError(thrown)));
  }
}

/** What would have been announced of a job that has ended; null when it has not, or when it was not kept. */
function endingOf(id: string, record: JobRecord | null): JobMessage | null {
  if (record?.status === 'succeeded') return { id, event: 'succeeded', data: record.options.result };
  if (record?.status !== 'failed') return null;
  const message = record.options.errors?.[0]?.message ?? record.options.stacktraces?.[0] ?? '';
  return { id, event: 'failed', data: new Error(message) };
}
