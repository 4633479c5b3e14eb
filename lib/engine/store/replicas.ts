import type { Clock } from '../../clock.ts';
import { ApiaryError, coerceError } from '../../errors.ts';
import { closeClient } from '../../redis/connect.ts';
import type { RedisClient } from '../scripts.ts';
import { toldError } from '../tell-callers.ts';

/** How many replicas are waited for, and until when. */
export interface ReplicaLevel {
  replicas: number;
  timeoutMs: number;
  /** Whether they must have it on the disk, and the primary too; default false. */
  onDisk?: boolean | undefined;
}

/** Resolves with how many replicas have what was written, into the slots of these keys where there are slots. */
export type Reach = (level: ReplicaLevel, keys: readonly string[]) => Promise<Reached>;

/** What asks Redis how many replicas have what was written over a connection of its own. */
export interface ReplicaWatch {
  /** Rejects with REDIS_REFUSED where this Redis does not tell of its disk: it is too old, or has no such file. */
  requireDisk(): Promise<void>;
  /** To be called before the write. */
  begin(): Reach | Promise<Reach>;
  /** Closes the connection; who still waits is told so. Harmless twice. */
  close(): Promise<void>;
}

/** How many replicas have all that was written, -1 where the primary itself has not; or why nobody knows. */
export type Reached = number | Error;

interface Waiting {
  replicas: number;
  onDisk: boolean;
  untilMs: number;
  /** The connection on which was written what is waited for. */
  session: number;
  tell: (reached: Reached) => void;
}

/**
 * Asks Redis how many replicas have what was written over a connection, by WAIT or WAITAOF. That holds up whatever is
 * sent over the connection after it, so nobody else should use that. All who ask while one answer is awaited share the
 * next.
 */
export class Replicas implements ReplicaWatch {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  #session = 0;
  #waiting: Waiting[] = [];
  #isAsking = false;
  /** On which connection WAITAOF was found to be there. */
  #tellsOfDisk: number | null = null;

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
  reached({ replicas, timeoutMs, onDisk = false }: ReplicaLevel, session: number): Promise<Reached> {
    return new Promise((tell) => {
      this.#waiting.push({ replicas, onDisk, untilMs: this.#clock.elapsed() + timeoutMs, session, tell });
      if (!this.#isAsking) void this.#ask();
    });
  }

  /** To be called before the write: its connection is the one that counts. */
  begin(): Reach {
    const session = this.#session;
    return (level) => this.reached(level, session);
  }

  /** Rejects with REDIS_REFUSED where this Redis does not tell of its disk: it is too old, or has no such file. */
  async requireDisk(): Promise<void> {
    const session = this.#session;
    if (this.#tellsOfDisk === session) return;
    try {
      await this.#client.call('WAITAOF', 1, 0, 1);
      this.#tellsOfDisk = session;
    } catch (error) {
      throw withoutDisk(error) ?? toldError(this.#client, error);
    }
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
      const asked = this.#takeAlike();
      const reached = await this.#wait(asked);
      this.#waiting.push(...asked.filter((one) => !this.#isTold(one, reached)));
    }
    this.#isAsking = false;
  }

  /** Those who ask as the first does, for disks or not. */
  #takeAlike(): Waiting[] {
    const [first] = this.#waiting;
    const isAlike = ({ onDisk }: Waiting): boolean => onDisk === first?.onDisk;
    const alike = this.#waiting.filter(isAlike);
    this.#waiting = this.#waiting.filter((one) => !isAlike(one));
    return alike;
  }

  /** The least that anyone asks for: nobody waits for the replicas of another. */
  async #wait(asked: readonly Waiting[]): Promise<Reached> {
    const replicas = Math.min(...asked.map((one) => one.replicas));
    const untilMs = Math.min(...asked.map((one) => one.untilMs));
    // 0 would be for ever.
    const timeoutMs = Math.max(1, Math.ceil(untilMs - this.#clock.elapsed()));
    try {
      if (!asked[0]?.onDisk) return Number(await this.#client.call('WAIT', replicas, timeoutMs));
      const reply = await this.#client.call('WAITAOF', 1, replicas, timeoutMs);
      const [own = 0, others = 0] = Array.isArray(reply) ? reply.map(Number) : [];
      return own === 0 ? -1 : others;
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

/** What WAITAOF is refused with where nobody can wait for disks; null for any other error. */
function withoutDisk(error: unknown): ApiaryError | null {
  const { message } = coerceError(error);
  const isOld = /unknown command/i.test(message);
  if (!isOld && !/appendonly/i.test(message)) return null;
  const why = isOld ? 'has no WAITAOF, which Redis 7.2 and newer have' : 'writes no append-only file';
  return new ApiaryError(
    'REDIS_REFUSED',
    `durability.onDisk cannot be had: this Redis ${why}; nothing was stored`,
  );
}
