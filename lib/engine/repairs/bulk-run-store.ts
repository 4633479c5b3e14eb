import { ApiaryError } from '../../errors.ts';
import { bulkRunsKey } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';
import { readBulkRun, type StoredBulkRun } from './stored-bulk-run.ts';

export type { StoredBulkRun } from './stored-bulk-run.ts';

/** A stored run, and its text by which a change of it is told. */
export interface ReadBulkRun {
  run: StoredBulkRun;
  text: string;
}

/** What the store works with. */
export interface BulkRunDeps {
  client: RedisClient;
  prefix: string;
}

/** So many runs are kept, the ended ones for a week; so many wait or go on at most. */
const MOST_KEPT = 100;
const MOST_OPEN = 20;
const KEPT_MS = 7 * 86_400_000;
/** Nothing at all stays of runs when nobody has changed one for so long. */
const HASH_KEPT_MS = 30 * 86_400_000;
/** In characters. Texts of a search come from outside. */
const MOST_TEXT = 65_536;

/**
 * Keeps runs in one hash of Redis, each as a text. Whoever changes one says what it was before, so that of two who do
 * so at once one learns of the other.
 */
export class BulkRunStore {
  readonly #client: RedisClient;
  readonly #hash: string;

  constructor({ client, prefix }: BulkRunDeps) {
    this.#client = client;
    this.#hash = bulkRunsKey(prefix);
  }

  /** The time by Redis's clock, epoch ms. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.#client.time();
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  }

  /** Reads all, the newest first. */
  async list(): Promise<ReadBulkRun[]> {
    const stored = Object.entries(await this.#client.hgetall(this.#hash));
    return stored
      .flatMap(([id, text]) => toRead(id, text) ?? [])
      .sort((one, other) => other.run.at - one.run.at);
  }

  /** Reads one; null where there is none. */
  async read(id: string): Promise<ReadBulkRun | null> {
    const text = await this.#client.hget(this.#hash, id);
    return text === null ? null : toRead(id, text);
  }

  /**
   * Stores a new one; false for an id that is there already, which stays. Throws TOO_MANY_HELD where as many are open
   * as may be, and DATA_TOO_LARGE for one that is too long.
   */
  async add(run: StoredBulkRun): Promise<boolean> {
    const text = JSON.stringify(run);
    if (text.length > MOST_TEXT)
      throw new ApiaryError(
        'DATA_TOO_LARGE',
        'what the run is about is too long: choose fewer jobs at a time',
      );
    // Before it is looked how many there are: of two at once neither overlooks the other.
    if ((await this.#client.hsetnx(this.#hash, run.id, text)) === 0) return false;
    await this.#client.pexpire(this.#hash, HASH_KEPT_MS);
    const all = await this.list();
    await this.#makeRoom(all, run);
    if (all.filter((one) => one.run.endedAt === null).length <= MOST_OPEN) return true;
    await this.#client.hdel(this.#hash, run.id);
    throw new ApiaryError(
      'TOO_MANY_HELD',
      `${MOST_OPEN} runs wait or go on already: stop one, or wait until one has ended`,
    );
  }

  async #makeRoom(all: readonly ReadBulkRun[], { at }: StoredBulkRun): Promise<void> {
    const ended = all.filter(({ run }) => run.endedAt !== null);
    const most = MOST_KEPT - (all.length - ended.length);
    const old = ended.filter(({ run }, place) => place >= most || (run.endedAt ?? at) < at - KEPT_MS);
    if (old.length > 0) await this.#client.hdel(this.#hash, ...old.map(({ run }) => run.id));
  }

  /**
   * Stores a run changed; resolves with how it is now, or null where somebody else had changed it. One that has ended
   * names its single jobs no more: runs are kept for a week, and all of them are read every second.
   */
  async change({ run, text }: ReadBulkRun, changes: Partial<StoredBulkRun>): Promise<ReadBulkRun | null> {
    const changed = { ...run, ...changes };
    const next = changed.endedAt === null ? changed : { ...changed, ids: changed.ids && [] };
    const after = JSON.stringify(next);
    const args = { field: run.id, before: text, after };
    const isDone = await runScript(this.#client, { script: 'swap', keys: { hash: this.#hash }, args });
    return isDone ? { run: next, text: after } : null;
  }
}

function toRead(id: string, text: string): ReadBulkRun | null {
  const run = readBulkRun(id, text);
  return run && { run, text };
}
