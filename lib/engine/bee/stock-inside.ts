import type { Clock } from '../../clock.ts';
import { ApiaryError } from '../../errors.ts';
import { requireDataSize } from '../record/data-size.ts';
import { newJob, recordEnding } from '../record/new-job.ts';
import { parseRecord } from '../record/record.ts';
import type { RedisClient } from '../scripts.ts';
import type { Store } from '../store/store.ts';
import { BeeQueue } from './bee.ts';
import type { QueueCalls } from './queue-calls.ts';
import type { QueueEvents } from './queue-events.ts';

/** What bee-queue's Job class, and code written against the inside of bee-queue, asks of a queue. */
export abstract class StockInside<Data> extends BeeQueue<QueueEvents<Data>> {
  abstract readonly client: RedisClient;
  abstract readonly store: Store;
  abstract readonly calls: QueueCalls;
  abstract readonly clock: Clock;
  /** How long the data of a job may be, as JSON in bytes. */
  abstract readonly maxDataBytes: number;
  /** What wakes bee-queue for delayed jobs; who moves ours on hears of them from Redis. */
  override _delayedTimer = { schedule: (_time: number): void => undefined, stop: (): void => undefined };

  /** The connection for waiting. */
  protected abstract blockingClient(): RedisClient;

  /** bee-queue's way to a connection; rejects with QUEUE_CLOSED when there is none any more. */
  async _commandable(needsBlocking = false): Promise<RedisClient> {
    if (needsBlocking && this.paused) throw this.calls.closedError();
    this.calls.requireOpen();
    return needsBlocking ? this.blockingClient() : this.client;
  }

  /**
   * bee-queue's way to one of its scripts, by which its Job class saves: `args` are the number of keys, the keys and
   * the arguments. Rejects for a script that nothing but bee-queue's own Queue calls.
   */
  _evalScript(name: string, ...args: unknown[]): Promise<unknown> {
    const [id, record, delay] = args.slice(1 + Number(args[0]));
    if (name === 'addJob') return this.calls.make(() => this.#add(id, record, null));
    if (name === 'addDelayedJob') return this.calls.make(() => this.#add(id, record, Number(delay)));
    const message = `bee-queue's script ${name} is not run here; use the methods of the queue`;
    return Promise.reject(new ApiaryError('JOB_INVALID', message));
  }

  /** Resolves with the id, or with null when it was taken. */
  async #add(id: unknown, record: unknown, startAt: number | null): Promise<string | null> {
    const read = parseRecord(String(record));
    if (!read) throw new ApiaryError('JOB_INVALID', 'what is to be added is no record of a job');
    const job = newJob(this.clock, {
      id: id === '' || id === null || id === undefined ? null : String(id),
      data: read.data,
      ending: recordEnding(read.options, read.progress),
      start: startAt !== null && startAt > this.clock.now() ? { at: startAt } : null,
    });
    requireDataSize(`job ${job.id}`, job.data, this.maxDataBytes);
    const [created] = await this.store.save([job]);
    return created === true ? job.id : null;
  }
}
