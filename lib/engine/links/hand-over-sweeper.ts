import { systemClock } from '../../clock.ts';
import { overMany } from '../../over-many.ts';
import { runScript } from '../scripts.ts';
import { carryAll, doneOf, type HandOverDeps, HandOvers } from './hand-over.ts';
import { isBefore, nextId } from './hand-over-id.ts';

/**
 * Carries what has stayed behind, as whoever handed it over has died, and removes what was done. What was found done at
 * one look is removed at the next, so it is there for as long as a failover may show that it is done no more.
 */
export class HandOverSweeper {
  /** By the stream, what was found done at the last look. */
  readonly #done = new Map<string, string>();

  /**
   * Looks at a queue, and at those that it has to do with: they may have no workers. To be called at least some ten
   * seconds apart. Rejects when it failed at one of these, after it has looked at all others.
   */
  async sweep({ client, keys }: HandOverDeps): Promise<void> {
    if (!keys.isTagged) return;
    const [handedTo, handedBy] = await Promise.all([client.hkeys(keys.handovers), client.hkeys(keys.handed)]);
    // It remembers nothing from the last look: a failover may have lost what was done.
    const handOvers = new HandOvers();
    const peers = [...new Set([keys.queue, ...handedBy, ...handedTo])];
    const carry = (queue: string): Promise<boolean> => handOvers.carry({ client, keys: keys.sibling(queue) });
    const trim = (to: string): Promise<void> => this.#trim({ client, keys }, to);
    const carried = await overMany(peers, carry, { clock: systemClock });
    const trimmed = await overMany(handedTo, trim, { clock: systemClock });
    const [first] = [...carried.failed, ...trimmed.failed];
    if (first) throw first[1];
  }

  async #trim(deps: HandOverDeps, to: string): Promise<void> {
    const stream = deps.keys.handOver(to);
    const before = this.#done.get(stream) ?? '';
    const done = await doneOf(deps, to);
    this.#done.set(stream, done);
    if (before === '' || isBefore(done, before)) return;
    await deps.client.xtrim(stream, 'MINID', nextId(before));
  }
}

/** Carries what a queue that was deleted had handed over, and forgets it where all of it was done. */
export async function finishHandOvers({ client, keys }: HandOverDeps): Promise<void> {
  if (!keys.isTagged) return;
  const handedTo = await client.hkeys(keys.handovers);
  if (handedTo.length === 0) return;
  await carryAll({ client, keys });
  const forget = async (to: string): Promise<void> => {
    const last = await doneOf({ client, keys }, to);
    const call = { script: 'drop-handed', queue: keys, keys: { other: keys.handOver(to) } } as const;
    await runScript(client, { ...call, args: { to, last } });
  };
  const { failed } = await overMany(handedTo, forget, { clock: systemClock });
  const [first] = failed;
  if (first) throw first[1];
}
