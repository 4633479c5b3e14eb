import { alertsKey } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { type AlertState, readAlertState } from './stored-alerts.ts';

/** What the store works with. */
export interface AlertStoreDeps {
  client: RedisClient;
  prefix: string;
}

/** What is known of what is wrong, and its text by which a change of it is told; null before the first look. */
export interface ReadAlertState {
  state: AlertState | null;
  text: string | null;
}

const STATE = 'state';
const LEASE = 'lease';
/** Nothing stays when nobody has looked for so long. */
const KEPT_MS = 7 * 86_400_000;

/**
 * Keeps what is wrong in one hash of Redis: who looks, for how long, and all that is known, as one text. Whoever
 * changes that says what it was before, so that of two who do so at once one learns of the other.
 */
export class AlertStore {
  readonly #client: RedisClient;
  readonly #hash: string;

  constructor({ client, prefix }: AlertStoreDeps) {
    this.#client = client;
    this.#hash = alertsKey(prefix);
  }

  /** The time by Redis's clock, epoch ms. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.#client.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  /**
   * Takes the lease, or renews it, for so long from `now` on; false where another one has it. It is written `<holder>
   * <until>`; what is not of that form is nobody's.
   */
  async hold(holder: string, { now, forMs }: { now: number; forMs: number }): Promise<boolean> {
    const before = await this.#client.hget(this.#hash, LEASE);
    const [, by, until] = /^(\S+) (\d{1,15})$/.exec(before ?? '') ?? [];
    // A clock that has gone back must not give it to somebody for years.
    const isHeld =
      by !== undefined && by !== holder && Number(until) > now && Number(until) <= now + 2 * forMs;
    return !isHeld && this.#swap(LEASE, before, `${holder} ${now + forMs}`);
  }

  /** Gives the lease back, if it has it. */
  async release(holder: string): Promise<void> {
    const before = await this.#client.hget(this.#hash, LEASE);
    if (before?.startsWith(`${holder} `)) await this.#swap(LEASE, before, `${holder} 0`);
  }

  /** Reads what is known; what cannot be read counts as nothing. */
  async read(): Promise<ReadAlertState> {
    const text = await this.#client.hget(this.#hash, STATE);
    return { text, state: text === null ? null : readAlertState(text) };
  }

  /** Stores what is known by now; null where somebody else had changed it. */
  async change({ text }: ReadAlertState, state: AlertState): Promise<ReadAlertState | null> {
    const after = JSON.stringify(state);
    if (!(await this.#swap(STATE, text, after))) return null;
    await this.#client.pexpire(this.#hash, KEPT_MS);
    return { state, text: after };
  }

  async #swap(field: string, before: string | null, after: string): Promise<boolean> {
    if (before === null) return (await this.#client.hsetnx(this.#hash, field, after)) === 1;
    const args = { field, before, after };
    return runScript(this.#client, { script: 'swap', keys: { hash: this.#hash }, args });
  }
}
