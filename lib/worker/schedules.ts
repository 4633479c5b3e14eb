import type { Clock } from '../clock.ts';
import { queueKeys } from '../engine/keys.ts';
import type { QueueCore } from '../engine/queue/queue-core.ts';
import { type Rule, readTiming } from '../engine/schedules/occurrences.ts';
import type { Schedule } from '../engine/schedules/schedule.ts';
import { DECLARATION_TTL_MS, type PutManner, ScheduleStore } from '../engine/schedules/schedule-store.ts';
import { type Fired, Scheduler } from '../engine/schedules/scheduler.ts';
import type { RedisClient } from '../engine/scripts.ts';
import { ApiaryError } from '../errors.ts';
import { checkScheduleData, type DeclaredSchedule } from '../jobs/schedule.ts';
import type { Keyring } from '../keyring.ts';
import type { Logger } from '../logger.ts';
import { every, type Loop } from '../loop.ts';
import { requireName } from '../names.ts';
import { overMany } from '../over-many.ts';

/** What the schedules of a worker work with. */
export interface WorkerSchedulesDeps {
  client: RedisClient;
  prefix: string;
  clock: Clock;
  log: Logger;
  declared: readonly DeclaredSchedule[];
  /** How long the data of one may be, as JSON in bytes; default a mebibyte. */
  maxDataBytes?: number | undefined;
  /** By what they are encrypted; default nothing. */
  keyring?: Keyring | null;
  onTrouble: (queue: string, duty: string, error: unknown) => void;
}

/** What a worker declares, written out. */
interface Declaration {
  queue: string;
  name: string;
  written: Schedule;
  rule: Rule;
  /** `declare` until Redis has taken it in. */
  manner: PutManner;
}

/** Declares the schedules of a worker, stands behind them, and fires those of its queues. */
export class WorkerSchedules {
  readonly #deps: WorkerSchedulesDeps;
  readonly #declarations: Declaration[];
  readonly #duties: { stop(): Promise<void> }[] = [];

  /** Throws JOB_INVALID for two schedules of one name in one queue. */
  constructor(deps: WorkerSchedulesDeps) {
    this.#deps = deps;
    this.#declarations = deps.declared.map(toDeclaration);
    requireNoTwins(this.#declarations);
  }

  /** Rejects with JOB_INVALID when the data of one does not fit the schema of its type. */
  async check(): Promise<void> {
    for (const one of this.#deps.declared) await checkScheduleData(one, this.#deps.maxDataBytes);
  }

  /** Starts to fire the schedules of these queues and to declare its own; does not wait for Redis. */
  start(queues: readonly QueueCore[], subscriber: RedisClient): void {
    for (const queue of queues) {
      const scheduler = this.#scheduler(queue, subscriber);
      scheduler.start();
      this.#duties.push(scheduler);
    }
    if (this.#declarations.length > 0) this.#duties.push(this.#declaring());
  }

  /**
   * Declares its own, and says again that it stands behind them. Never rejects: whatever fails is told of its queue.
   */
  async declareAll(): Promise<void> {
    const { clock, onTrouble } = this.#deps;
    const { failed } = await overMany(this.#declarations, (one) => this.#declare(one), { clock });
    for (const [{ queue }, error] of failed) onTrouble(queue, 'declare', error);
  }

  /** Ends; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    await Promise.all(this.#duties.map((duty) => duty.stop()));
  }

  #scheduler({ name, keys }: QueueCore, subscriber: RedisClient): Scheduler {
    const { client, clock, onTrouble } = this.#deps;
    return new Scheduler({
      client,
      keys,
      clock,
      subscriber,
      channel: keys.schedulesChanged,
      onTrouble: (error) => onTrouble(name, 'schedule', error),
      onFired: (fired) => this.#tell(name, fired),
    });
  }

  #declaring(): Loop {
    const { clock } = this.#deps;
    const runOnce = (): Promise<void> => this.declareAll();
    const first = runOnce();
    // Nothing of it rejects: whatever fails is told of its queue.
    const loop = every({ intervalMs: DECLARATION_TTL_MS / 3, runOnce, onError: () => undefined, clock });
    return { stop: () => Promise.all([first, loop.stop()]).then(() => undefined) };
  }

  async #declare(declaration: Declaration): Promise<void> {
    const { client, prefix, log, keyring = null } = this.#deps;
    const { queue, name, written, rule, manner } = declaration;
    const store = new ScheduleStore(client, queueKeys(prefix, queue, client.isCluster, keyring));
    const result = await store.put(written, { rule, manner });
    declaration.manner = 'renew';
    if (result === 'created' && manner === 'renew') {
      log.warn('Redis has lost a schedule that is declared; it was declared again', {
        queue,
        schedule: name,
      });
    } else if (result === 'created' || result === 'replaced') {
      log.info('a schedule was declared', { queue, schedule: name, result });
    } else if (result === 'outvoted' && manner === 'declare') {
      log.info('a schedule is declared otherwise by workers that live', { queue, schedule: name });
    }
  }

  #tell(queue: string, { name, ticks, missed }: Fired): void {
    const { log } = this.#deps;
    if (missed)
      log.warn('a schedule missed ticks, as no worker of its queue was there', {
        queue,
        schedule: name,
        ...missed,
      });
    for (const tick of ticks) log.debug('a schedule came to a tick', { queue, schedule: name, ...tick });
  }
}

function toDeclaration({ definition, schedule }: DeclaredSchedule): Declaration {
  const { queue } = definition;
  const { name, timing } = schedule;
  requireName('queue', queue);
  return { queue, name, written: schedule, rule: readTiming(timing), manner: 'declare' };
}

function requireNoTwins(declarations: readonly Declaration[]): void {
  const seen = new Set<string>();
  for (const { queue, name } of declarations) {
    const address = `${queue}:${name}`;
    const message = `two schedules of the name ${name} in queue ${queue}`;
    if (seen.has(address))
      throw new ApiaryError('JOB_INVALID', message, { problems: [{ path: 'name', message }] });
    seen.add(address);
  }
}
