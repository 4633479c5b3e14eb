import type { Clock } from './clock.ts';
import { readTold } from './doctor/facts.ts';
import type { DoctorCheck, Finding } from './doctor/finding.ts';
import { checkTold, TOLD_CHECKS } from './doctor/redis-checks.ts';
import { coerceError } from './errors.ts';
import type { Logger } from './logger.ts';
import { isReady, type RedisClient } from './redis/connect.ts';

/** How long what was seen serves all who ask. */
const SEEN_MS = 30_000;

/** What a watch works with. */
export interface RedisWatchDeps {
  client: RedisClient;
  /** Rejects when Redis refuses what the roles need. */
  requireRights: () => Promise<void>;
  clock: Clock;
  log: Logger;
}

/**
 * Looks, whenever the connection is made and at most every 30 s when asked, whether something is wrong with Redis, or
 * the rights of our user there are not those that are needed; in the log stands what has changed.
 */
export class RedisWatch {
  readonly #deps: RedisWatchDeps;
  #faults: { at: number; found: readonly Finding[] } = { at: Number.NEGATIVE_INFINITY, found: [] };
  /** Of which checks it is known whether they find something wrong. */
  #seen: readonly DoctorCheck[] = [];
  #rights: { at: number; seen: Promise<void> } | null = null;
  #said: ReadonlySet<string> = new Set();
  #refused = '';

  constructor(deps: RedisWatchDeps) {
    this.#deps = deps;
    deps.client.on('ready', () => this.#lookAnew());
    if (isReady(deps.client)) this.#lookAnew();
  }

  /**
   * What was wrong with Redis when it was looked at last, as `apiary doctor` tells it and in words that everybody may
   * read; nothing when it did not answer. Nobody waits: the next look is made meanwhile.
   */
  get faults(): readonly string[] {
    if (this.#deps.clock.elapsed() - this.#faults.at > SEEN_MS) this.#look();
    return this.#faults.found.map(({ what, means }) => `${what}: ${means}`);
  }

  /** By check of `apiary doctor` whether it found something wrong; without those of which that is not known. */
  get wrongs(): ReadonlyMap<string, boolean> {
    if (this.#deps.clock.elapsed() - this.#faults.at > SEEN_MS) this.#look();
    const wrong = new Set(this.#faults.found.map(({ check }) => check));
    if (this.#refused !== '') wrong.add('rights');
    const known: readonly DoctorCheck[] = this.#seen.length > 0 ? [...this.#seen, 'rights'] : [];
    return new Map(known.map((check) => [check, wrong.has(check)]));
  }

  /** Rejects with what is refused, or when Redis does not answer. */
  async requireRights(): Promise<void> {
    const { clock } = this.#deps;
    const now = clock.elapsed();
    if (!this.#rights || now - this.#rights.at > SEEN_MS) this.#rights = { at: now, seen: this.#tryRights() };
    const { seen } = this.#rights;
    await seen.catch((error: unknown) => {
      // What was refused may be granted the next moment.
      if (this.#rights?.seen === seen) this.#rights = null;
      throw error;
    });
  }

  #lookAnew(): void {
    this.#look();
    this.#rights = null;
    // What fails now is found again by who asks.
    this.requireRights().catch(() => undefined);
  }

  #look(): void {
    const look = { at: this.#deps.clock.elapsed(), found: this.#faults.found };
    this.#faults = look;
    readTold(this.#deps.client)
      .then((told) => {
        // One that was begun later knows better.
        if (this.#faults !== look) return;
        look.found = checkTold(told).filter(({ kind }) => kind === 'wrong');
        this.#seen = told.info === null ? [] : TOLD_CHECKS;
        this.#tell(look.found);
      })
      .catch(() => {
        look.found = [];
        this.#seen = [];
      });
  }

  /** Figures change with each look, so what was told of is known by its check. */
  #tell(found: readonly Finding[]): void {
    for (const { check, what, means, mend } of found) {
      if (!this.#said.has(check))
        this.#deps.log.warn('something is wrong with Redis', { check, what, means, mend });
    }
    this.#said = new Set(found.map(({ check }) => check));
  }

  async #tryRights(): Promise<void> {
    try {
      await this.#deps.requireRights();
      this.#refused = '';
    } catch (thrown) {
      const error = coerceError(thrown);
      const isRefused = error.message.includes('NOPERM');
      const isNews = isRefused && error.message !== this.#refused;
      this.#refused = isRefused ? error.message : '';
      if (isNews) this.#deps.log.error('Redis refuses what is needed', { err: error });
      throw error;
    }
  }
}
