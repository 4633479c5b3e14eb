import { ApiaryError } from '../../errors.ts';
import type { QueueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { endInMessage, endInRecord, type JobEnd, openAnnounced } from './job-end.ts';
import { parseJobMessage } from './job-messages.ts';

/** What waiting for the ends of jobs in one queue works with. */
export interface QueueEndsDeps {
  /** The connection for commands. */
  client: RedisClient;
  queue: string;
  keys: QueueKeys;
  /** Resolves when whatever was announced before the call has been heard; never rejects. */
  untilHeard: () => Promise<void>;
  /** Told when nobody waits here any more. */
  onIdle: () => void;
  /** Told after each look at Redis why it failed, null when it did not; the next one makes up for it. */
  onLook: (trouble: unknown) => void;
}

/** Somebody who waits for the end of a job. */
interface Waiter {
  resolve(end: JobEnd): void;
  reject(error: unknown): void;
  /** The end as it was announced, or why that could not be read, until the record has been asked for more. */
  announced: JobEnd | ApiaryError | null;
  /** A look has failed since, so that the record could not be asked. */
  hasMissed: boolean;
  /** A look has not found the job, and that it ends the wait is being made sure. */
  isInDoubt: boolean;
}

/** A job that is looked at, and who waited for it when that was asked. */
interface Asked {
  id: string;
  waiters: readonly Waiter[];
}

/** How many jobs one call of the script looks at. */
const LOOK_CHUNK = 500;

/**
 * Those who wait for the ends of jobs in one queue. An end reaches them from two sides, whichever is first: it is
 * announced, or a look at Redis finds it. Looks for many jobs go in one call.
 */
export class QueueEnds {
  readonly #deps: QueueEndsDeps;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #due = new Set<string>();
  #isListening = false;

  constructor(deps: QueueEndsDeps) {
    this.#deps = deps;
  }

  /** Whether announcements reach it. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Takes note that announcements reach it from now on, and looks for what was announced before. */
  async listening(): Promise<void> {
    this.#isListening = true;
    await this.look();
  }

  /** Takes note that announcements do not reach it. */
  deaf(): void {
    this.#isListening = false;
  }

  /** Waits for the end of a job; rejects with JOB_NOT_FOUND when it is not there, or with the reason of the signal. */
  wait(id: string, signal: AbortSignal): Promise<JobEnd> {
    return new Promise((resolve, reject) => {
      const waiter = { resolve, reject, announced: null, hasMissed: false, isInDoubt: false };
      const waiters = this.#waiters.get(id);
      if (waiters) waiters.add(waiter);
      else this.#waiters.set(id, new Set([waiter]));
      signal.addEventListener('abort', () => {
        this.#leave(id, waiter);
        reject(signal.reason);
      });
      // Until it listens nothing is looked for: an end between the look and the listening would be missed.
      if (this.#isListening) this.#lookSoon(id);
    });
  }

  /** Takes a message of the `events` channel, which may be anything. */
  hear(text: string): void {
    const message = parseJobMessage(text);
    const end = message && endInMessage(message);
    const waiters = end && this.#waiters.get(message.id);
    if (!waiters) return;
    const opened = openAnnounced(end, { sealing: this.#deps.keys, id: message.id });
    if (!(opened instanceof ApiaryError) && opened.outcome === 'succeeded') {
      for (const waiter of waiters) this.#end(message.id, waiter, opened);
      return;
    }
    for (const waiter of waiters) waiter.announced = opened;
    this.#lookSoon(message.id);
  }

  /** Looks for all jobs that are waited for; never rejects. */
  look(): Promise<void> {
    return this.#lookFor([...this.#waiters.keys()]);
  }

  /** What is asked for within one turn of the event loop goes to Redis together. */
  #lookSoon(id: string): void {
    if (this.#due.size === 0) setImmediate(() => this.#lookFor([...this.#due]));
    this.#due.add(id);
  }

  async #lookFor(ids: readonly string[]): Promise<void> {
    this.#due.clear();
    const looks: Promise<void>[] = [];
    for (let from = 0; from < ids.length; from += LOOK_CHUNK) {
      looks.push(this.#lookAt(ids.slice(from, from + LOOK_CHUNK)));
    }
    await Promise.all(looks);
  }

  async #lookAt(ids: readonly string[]): Promise<void> {
    const { client, keys, onLook } = this.#deps;
    // Who begins to wait after this was sent is not answered by it: by then the job may be another.
    const asked = ids.map((id) => ({ id, waiters: [...(this.#waiters.get(id) ?? [])] }));
    try {
      const answers = await runScript(client, { script: 'ended', queue: keys, rest: ids });
      for (const [at, one] of asked.entries()) {
        const [state, record] = answers[at] ?? ['', ''];
        this.#judge(one, state, record);
      }
      onLook(null);
    } catch (error) {
      for (const one of asked) this.#miss(one);
      onLook(error);
    }
  }

  #judge(asked: Asked, state: string, record: string): void {
    if (state === 'succeeded' || state === 'failed') {
      this.#endBy(asked, () => endInRecord(state, record, { sealing: this.#deps.keys, id: asked.id }));
      return;
    }
    this.#endAsAnnounced(asked);
    if (state === '') this.#doubt(asked);
  }

  #endBy({ id, waiters }: Asked, read: () => JobEnd): void {
    try {
      const end = read();
      for (const waiter of waiters) this.#end(id, waiter, end);
    } catch (error) {
      for (const waiter of waiters) this.#refuse(id, waiter, error);
    }
  }

  /** The announcement does not say all: a connection that is being replaced is no reason to do without the record. */
  #miss({ id, waiters }: Asked): void {
    const announced = waiters.filter((waiter) => waiter.announced !== null);
    // That it ended is known all the same.
    this.#endAsAnnounced({ id, waiters: announced.filter((waiter) => waiter.hasMissed) });
    for (const waiter of announced) waiter.hasMissed = true;
  }

  #endAsAnnounced({ id, waiters }: Asked): void {
    for (const waiter of waiters) {
      if (waiter.announced instanceof ApiaryError) this.#refuse(id, waiter, waiter.announced);
      else if (waiter.announced) this.#end(id, waiter, waiter.announced);
    }
  }

  /** The end of a job that is not kept is announced and nothing else, and the announcement may be on its way still. */
  #doubt({ id, waiters }: Asked): void {
    const doubting = waiters.filter((waiter) => !waiter.isInDoubt && this.#isWaiting(id, waiter));
    if (doubting.length === 0) return;
    for (const waiter of doubting) waiter.isInDoubt = true;
    this.#deps.untilHeard().then(() => this.#giveUp({ id, waiters: doubting }));
  }

  #giveUp({ id, waiters }: Asked): void {
    const why = 'there never was one, or it was removed, or not kept after its end';
    for (const waiter of waiters) {
      if (waiter.announced) continue;
      this.#leave(id, waiter);
      waiter.reject(new ApiaryError('JOB_NOT_FOUND', `queue ${this.#deps.queue} has no job ${id}: ${why}`));
    }
  }

  #isWaiting(id: string, waiter: Waiter): boolean {
    return this.#waiters.get(id)?.has(waiter) ?? false;
  }

  #end(id: string, waiter: Waiter, end: JobEnd): void {
    this.#leave(id, waiter);
    waiter.resolve(end);
  }

  #refuse(id: string, waiter: Waiter, error: unknown): void {
    this.#leave(id, waiter);
    waiter.reject(error);
  }

  #leave(id: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(id);
    if (!waiters?.delete(waiter)) return;
    if (waiters.size === 0) this.#waiters.delete(id);
    if (this.#waiters.size === 0) this.#deps.onIdle();
  }
}
