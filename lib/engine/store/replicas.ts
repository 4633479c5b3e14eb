import type { Clock } from '../../clock.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import { closeClient } from '../../redis/connect.ts';
import type { RedisClient } from '../scripts.ts';
import { toldError } from '../tell-callers.ts';

/** How many replicas are waited for, and until when. */
export interface ReplicaLevel {
  replicas: number;
  timeoutMs: number;
}

/** How many replicas have all that was written; or why nobody knows. */
export type Reached = number | Error;

interface Waiting {
  replicas: number;
  untilMs: number;
  /** The connection on which was written what is waited for. */
  session: number;
  tell: (reached: Reached) => void;
}

/**
 * Asks Redis how many replicas have what was written over a connection, by WAIT. It holds up whatever is sent over the
 * connection after it, so nobody else should use that. All who ask while one answer is awaited share the next.
 */
export class Replicas {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  #session = 0;
  #waiting: Waiting[] = [];
  #isAsking = false;

  constructor(client: RedisClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    client.on('close', () => this.#session++);
  }

  /** Which connection is in use: taken before the write, it tells later whether that was still the same one. */
  get session(): number {
    return this.#session;
  }

  /**
   * Resolves with how many replicas have what was written since `session` was taken, once they are enough or the time
   * is over. With an error where the connection was another meanwhile: a new one may lead to a primary that has not
   * got the write, and Redis would answer for that. Never rejects.
   */
  reached({ replicas, timeoutMs }: ReplicaLevel, session: number): Promise<Reached> {
    return new Promise((tell) => {
      this.#waiting.push({ replicas, untilMs: this.#clock.elapsed() + timeoutMs, session, tell });
      if (!this.#isAsking) void this.#ask();
    });
  }

  /** Closes the connection; who still waits is told so. Harmless twice. */
  close(): Promise<void> {
    return closeClient(this.#client);
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    // All whose writes were answered by the same read of the socket.
    await null;
    while (this.#waiting.length > 0) {
      const asked = this.#waiting;
      this.#waiting = [];
      const reached = await this.#wait(asked);
      this.#waiting.push(...asked.filter((one) => !this.#isTold(one, reached)));
    }
    this.#isAsking = false;
  }

  /** The least that anyone asks for: nobody waits for the replicas of another. */
  async #wait(asked: readonly Waiting[]): Promise<Reached> {
    const replicas = Math.min(...asked.map((one) => one.replicas));
    const untilMs = Math.min(...asked.map((one) => one.untilMs));
    // 0 would be for ever.
    const timeoutMs = Math.max(1, Math.ceil(untilMs - this.#clock.elapsed()));
    try {
      return Number(await this.#client.call('WAIT', replicas, timeoutMs));
    } catch (error) {
      return coerceError(toldError(this.#client, error));
    }
  }

  #isTold({ replicas, untilMs, session, tell }: Waiting, reached: Reached): boolean {
    if (typeof reached === 'number' && session !== this.#session) {
      tell(new ApiaryError('REDIS_UNAVAILABLE', 'the connection to Redis was lost meanwhile'));
      return true;
    }
    const isOver = typeof reached !== 'number' || reached >= replicas || this.#clock.elapsed() >= untilMs;
    if (isOver) tell(reached);
    return isOver;
  }
}
