import type { QueueKeys } from '../../lib/engine/keys.ts';
import { type RedisClient, runScript } from '../../lib/engine/scripts.ts';

/** What somebody has read and means to carry, however late. */
interface Carried {
  from: QueueKeys;
  to: QueueKeys;
  after: string;
  parts: (string | number)[];
}

const MOST_KEPT = 6;
/** After these, somebody comes who carries all of it. */
const MOST_ROUNDS = 6;

/**
 * Carries between queues of a cluster as many would at once who each die or stand still at any point: what was done is
 * read and done again, in parts of any length, also much later, and is removed at once or not at all.
 */
export class CutHandOvers {
  readonly #client: RedisClient;
  readonly #queues: readonly QueueKeys[];
  readonly #choices: readonly number[];
  readonly #kept: Carried[] = [];
  #chosen = 0;
  /** How often what was done already was carried once more. */
  again = 0;

  /** What it does is told by the choices, which are gone through again and again. */
  constructor(client: RedisClient, queues: readonly QueueKeys[], choices: readonly number[]) {
    this.#client = client;
    this.#queues = queues;
    this.#choices = choices;
  }

  /** Does a few things, after which something may be left. */
  async some(): Promise<void> {
    for (const [from, to] of await this.#pairs()) if (this.#choose(2) === 0) await this.#turn(from, to);
  }

  /** Goes on until all is done. */
  async all(): Promise<void> {
    for (let isAll = false, round = 0; !isAll; round++) {
      isAll = true;
      for (const [from, to] of await this.#pairs()) {
        const last = await this.#client.hget(from.handovers, to.queue);
        if ((await this.#done(from, to)) === last) continue;
        isAll = false;
        if (round < MOST_ROUNDS) await this.#turn(from, to);
        else await this.#rest(from, to);
      }
    }
  }

  async #turn(from: QueueKeys, to: QueueKeys): Promise<void> {
    const done = await this.#done(from, to);
    const all = await this.#client.xrange(from.handOver(to.queue), '-', '+');
    const next = all.findIndex(([id]) => isAfter(id, done));
    const begin = Math.max(0, (next < 0 ? all.length : next) - this.#choose(3));
    const read = all.slice(begin, begin + 1 + this.#choose(4));
    const carried: Carried = {
      ...{ from, to, after: all[begin - 1]?.[0] ?? '' },
      parts: read.flatMap(([id, fields]) => [id, fields.length, ...fields]),
    };
    if (this.#kept.length < MOST_KEPT || this.#choose(2) === 0) this.#kept.push(carried);
    if (this.#choose(3) === 0) return;
    await this.#carry(carried);
    const late = this.#choose(2) === 0 && this.#kept.splice(this.#choose(this.#kept.length), 1)[0];
    if (late) {
      this.again++;
      await this.#carry(late);
    }
    const isDone = await this.#done(from, to);
    if (isDone !== '' && this.#choose(4) === 0)
      await this.#client.xtrim(from.handOver(to.queue), 'MINID', isDone);
  }

  async #rest(from: QueueKeys, to: QueueKeys): Promise<void> {
    const after = await this.#done(from, to);
    const all = await this.#client.xrange(from.handOver(to.queue), after === '' ? '-' : `(${after}`, '+');
    await this.#carry({
      from,
      to,
      after,
      parts: all.flatMap(([id, fields]) => [id, fields.length, ...fields]),
    });
  }

  /** Where there is nothing before what was read, that is what it would have been told. */
  async #carry({ from, to, after, parts }: Carried): Promise<void> {
    const args = { source: from.queue, from: after };
    await runScript(this.#client, { script: 'receive', queue: to, args, rest: parts });
  }

  async #done(from: QueueKeys, to: QueueKeys): Promise<string> {
    return (await this.#client.hget(to.handed, from.queue)) ?? '';
  }

  async #pairs(): Promise<[QueueKeys, QueueKeys][]> {
    const pairs: [QueueKeys, QueueKeys][] = [];
    for (const from of this.#queues)
      for (const to of this.#queues)
        if (await this.#client.hexists(from.handovers, to.queue)) pairs.push([from, to]);
    return pairs;
  }

  /** One of so many, by the next of the choices. */
  #choose(count: number): number {
    const choice = this.#choices[this.#chosen++ % this.#choices.length] ?? 0;
    return choice % Math.max(1, count);
  }
}

function isAfter(id: string, other: string): boolean {
  const [ms = 0, nth = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherNth = 0] = other.split('-').map(Number);
  return ms > otherMs || (ms === otherMs && nth > otherNth);
}
