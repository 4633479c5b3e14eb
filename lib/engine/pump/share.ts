/** One that wants slots: how much it weighs, and what it is owed from earlier rounds. */
export interface Contender {
  readonly weight: number;
  /** Changed by {@link share}. */
  credit: number;
  /** Whether it can take right now, when so many slots are to be had; it keeps earning credit while it cannot. */
  takes(slots: number): boolean;
}

/**
 * Deals out free slots among contenders in proportion to their weights, one at a time to whoever is owed most, and
 * subtracts the whole round from it (smooth weighted round robin, as nginx balances servers). Strictly: all to the
 * first in the order given, and none to those behind it while it cannot take. Returns how many each gets, in the
 * same order.
 */
export function share(slots: number, contenders: readonly Contender[], strict: boolean): number[] {
  const given = contenders.map(() => 0);
  if (strict || contenders.length === 1) {
    if (contenders[0]?.takes(slots)) given[0] = slots;
    return given;
  }
  const takes = contenders.map((one) => one.takes(slots));
  const total = contenders.reduce((sum, one) => sum + one.weight, 0);
  const limit = CREDIT_LIMIT_ROUNDS * total;
  for (let slot = 0; slot < slots; slot++) {
    let best = -1;
    for (const [index, one] of contenders.entries()) {
      one.credit = Math.min(one.credit + one.weight, limit);
      const leader = contenders[best];
      if (takes[index] && (leader === undefined || one.credit > leader.credit)) best = index;
    }
    const winner = contenders[best];
    if (winner === undefined) return given;
    winner.credit = Math.max(winner.credit - total, -limit);
    given[best] = (given[best] ?? 0) + 1;
  }
  return given;
}

/** Credit and debt that grow while others cannot take are capped, so that a long wait is not followed by a monopoly. */
const CREDIT_LIMIT_ROUNDS = 1_000;
