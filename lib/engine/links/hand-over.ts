import { systemClock } from '../../clock.ts';
import { overMany } from '../../over-many.ts';
import { type QueueKeys, queueKeys } from '../keys.ts';
import { type RedisClient, runScript } from '../scripts.ts';

/** What carrying works with: the queue from which is carried. */
export interface HandOverDeps {
  client: RedisClient;
  keys: QueueKeys;
}

/** How many are read and carried at once. */
const AT_ONCE = 32;
/** How often one carries at most, between any two queues, before others have their turn. */
const MOST_TURNS = 200;
/** Between how many queues is carried at once. */
const PAIRS_AT_ONCE = 8;

/**
 * Carries what queues of a cluster have handed over to queues in other slots. It remembers what it knows to be done, so
 * that it reads no more than what is new; others may carry the same at the same time.
 */
export class HandOvers {
  /** By its stream, the id of the last that was done. */
  readonly #done = new Map<string, string>();

  /**
   * Carries what a queue has handed over, and what comes of that where it is done, until nothing is left. Resolves with
   * false where there may be more. Rejects when it failed between two of the queues, after it has carried between all
   * others. Without a cluster there is nothing to do.
   */
  async carry({ client, keys }: HandOverDeps): Promise<boolean> {
    if (!keys.isTagged) return true;
    const from = [keys.queue];
    const failures: unknown[] = [];
    let turns = 0;
    for (const queue of from) {
      const deps = { client, keys: keys.sibling(queue) };
      const carryTo = async (to: string): Promise<void> => {
        const carried = await this.#carryTo(deps, to, () => turns++ < MOST_TURNS);
        if (carried) from.push(to);
      };
      const { failed } = await overMany(await this.#pending(deps), carryTo, {
        clock: systemClock,
        atOnce: PAIRS_AT_ONCE,
      });
      failures.push(...failed.map(([, error]) => error));
      if (turns >= MOST_TURNS) break;
    }
    if (failures.length > 0) throw failures[0];
    return turns < MOST_TURNS;
  }

  /** The queues for which there is something new. */
  async #pending({ client, keys }: HandOverDeps): Promise<string[]> {
    const last = await client.hgetall(keys.handovers);
    return Object.keys(last).filter((to) => last[to] !== this.#done.get(keys.handOver(to)));
  }

  /** Resolves with whether anything was carried. */
  async #carryTo(deps: HandOverDeps, to: string, hasTurn: () => boolean): Promise<boolean> {
    const stream = deps.keys.handOver(to);
    let done = this.#done.get(stream) ?? (await doneOf(deps, to));
    let hasCarried = false;
    while (hasTurn()) {
      const next = await deps.client.xrange(stream, done === '' ? '-' : `(${done}`, '+', 'COUNT', AT_ONCE);
      if (next.length > 0) {
        const parts = next.flatMap(([id, fields]) => [id, fields.length, ...fields]);
        done = await receive(deps, to, { from: done, parts });
        hasCarried = true;
      }
      this.#done.set(stream, done);
      if (next.length === 0) break;
    }
    return hasCarried;
  }
}

/** The id of the last that was done of what a queue has handed over to another; '' for none. */
export function doneOf(deps: HandOverDeps, to: string): Promise<string> {
  return receive(deps, to, { from: '', parts: [] });
}

function receive(
  { client, keys }: HandOverDeps,
  to: string,
  { from, parts }: { from: string; parts: readonly (string | number)[] },
): Promise<string> {
  const call = { script: 'receive', queue: keys.sibling(to), args: { source: keys.queue, from } } as const;
  return runScript(client, { ...call, rest: parts });
}

/** How often what is left is gone on with. */
const MOST_ROUNDS = 20;

/** Carries what a queue has handed over until nothing is left, for whoever carries once. */
export async function carryAll(deps: HandOverDeps): Promise<void> {
  const handOvers = new HandOvers();
  for (let round = 0; round < MOST_ROUNDS; round++) if (await handOvers.carry(deps)) return;
}

/** The same for who looks at what is left then: trouble between two queues is none of theirs. */
export function carryWhatCan(deps: HandOverDeps): Promise<void> {
  return carryAll(deps).catch(() => undefined);
}

/** The same for the queues of some steps, after what was done to these; what cannot be carried, a worker carries. */
export async function carryOf(
  { client, prefix }: { client: RedisClient; prefix: string },
  steps: readonly { queue: string }[],
): Promise<void> {
  if (!client.isCluster) return;
  const queues = [...new Set(steps.map(({ queue }) => queue))];
  const carry = (queue: string): Promise<void> => carryAll({ client, keys: queueKeys(prefix, queue, true) });
  await overMany(queues, carry, { clock: systemClock, atOnce: PAIRS_AT_ONCE });
}
