import { every, type Loop } from '../../loop.ts';
import type { QueueCore } from '../queue/queue-core.ts';
import type { RedisClient } from '../scripts.ts';
import type { Session } from '../session/session.ts';
import { Promoter } from '../upkeep/promoter.ts';
import type { BeeQueueShape } from './bee.ts';
import type { Job } from './job.ts';
import { JobListener } from './job-listener.ts';
import type { QueueEvents } from './queue-events.ts';

/** What the duties of a queue work with. */
export interface QueueDutiesDeps {
  core: QueueCore;
  /** Told of jobs that were moved on, and of what is announced. */
  queue: BeeQueueShape<QueueEvents>;
  /** The jobs that are told of their own events, by id. */
  jobs: Map<string, Job>;
  /** Told of trouble. */
  report: (error: unknown) => void;
}

/** What a queue does beside its jobs, each once asked for: it listens, moves due jobs on, looks for stalled ones. */
export class QueueDuties {
  readonly #deps: QueueDutiesDeps;
  #promoter: Promoter | null = null;
  #stallWatch: Loop | null = null;
  #judge: Session | null = null;
  #stopped = false;

  constructor(deps: QueueDutiesDeps) {
    this.#deps = deps;
  }

  /** Turns what is announced on the `events` channel into events, as long as the subscriber is open. */
  listen(subscriber: RedisClient): void {
    const { core, queue, jobs, report } = this.#deps;
    const { client, keys } = core;
    const deps = { subscriber, client, channel: keys.events, jobsKey: keys.jobs, jobs, queue };
    // A connection that is closed while it opens may get as far as to listen, and fail at that.
    const onTrouble = (error: unknown): void => {
      if (!this.#stopped) report(error);
    };
    new JobListener({ ...deps, onTrouble }).start();
  }

  /** Moves delayed jobs on when they are due. Harmless twice. */
  activateDelayed(subscriber: RedisClient): void {
    const { core, queue, report } = this.#deps;
    const { keys, store, clock } = core;
    const channel = keys.earlierDelayed;
    const onMoved = (count: number): void => void queue.emit('raised jobs', count);
    this.#promoter ??= new Promoter({ store, clock, subscriber, channel, onTrouble: report, onMoved });
    this.#promoter.start();
  }

  /** Calls `look` every `intervalMs`. A second time it does nothing, as in bee-queue. */
  watchStalled(intervalMs: number, look: () => Promise<unknown>, onError: (error: unknown) => void): void {
    const runOnce = (): Promise<void> => look().then(() => undefined);
    this.#stallWatch ??= every({ intervalMs, runOnce, onError, clock: this.#deps.core.clock });
  }

  /**
   * Returns to waiting what nobody works on; resolves with the ids. Dead workers of ours are found by the second look
   * or later: whoever looks for them must have kept a lease of its own for a while, which is opened at the first.
   */
  async returnStalled(open: () => Session): Promise<string[]> {
    this.#judge ??= open();
    const { state } = await this.#judge.renew([]);
    if (state === 'burnt') this.#judge.rejoin();
    const order = { lossLimit: Infinity, orphanIntervalMs: this.#deps.queue.settings.stallInterval };
    const { returned, orphans, failures } = await this.#judge.recover({ ...order, orphansAtOnce: true });
    if (failures.length > 0) throw failures[0];
    return [...returned, ...orphans];
  }

  /** Ends them; resolves when what was under way has ended, for which Redis may be needed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#promoter?.stop(), this.#stallWatch?.stop()]);
    await this.#judge?.leave();
  }
}
