import { queueKeys } from '../engine/keys.ts';
import type { LimitsNote } from '../engine/limits/limits.ts';
import { beginTurn, keepLedger, type Ledger, ledgerText, type Turn, type TurnOrder } from './limit-ledger.ts';
import {
  areServed,
  isBare,
  isLimited,
  NO_PART,
  type Part,
  partsFor,
  raisedParts,
  stayMs,
  UNLIMITED,
  wholeOf,
  without,
} from './limit-parts.ts';
import { shardName } from './route.ts';
import type { ShardPlace } from './shard-field.ts';
import { partNote } from './split-limits.ts';
import { Overtaken, TurnShard } from './turn-shard.ts';

/** What a turn is to do. */
export interface BalanceOrder extends TurnOrder {
  /** Over how many shards new jobs are to be spread, and how many are served; default as the record says. */
  shards?: number;
  /** Whether another may begin a turn at once when this is over; default not. */
  releases?: boolean;
}

/**
 * What a turn has come to. `none`: another has it, or there is nothing to share out. `overtaken`: another has begun a
 * later one meanwhile, of the number `turn` or more. `done`: it `owes` where more is to be moved than was free, and
 * `away` is why a shard could not be reached, else null.
 */
export type Balanced =
  | { kind: 'none' }
  | { kind: 'overtaken'; turn: number }
  | { kind: 'done'; owes: boolean; away: unknown };

/**
 * Shares the limits of a queue out among its shards by where jobs wait, so that all parts together, and all that runs,
 * never exceed the whole: first it takes away, also what is in use still, and then it gives what is free. What a shard
 * may have is noted before it is given; of one that is away it is taken that it has all of that. Who dies in the middle
 * leaves less in use, never more, and the next turn mends it. Rejects where the records are away.
 */
export async function balance(place: ShardPlace, order: BalanceOrder): Promise<Balanced> {
  const turn = await beginTurn(place, order);
  if (turn === null) return { kind: 'none' };
  try {
    return await new Balancing(place, order, turn).run();
  } catch (error) {
    if (error instanceof Overtaken) return { kind: 'overtaken', turn: error.turn };
    throw error;
  }
}

/** One turn under way. */
class Balancing {
  readonly #place: ShardPlace;
  readonly #order: BalanceOrder;
  readonly #turn: Turn;
  readonly #note: LimitsNote;
  readonly #whole: Part;
  readonly #served: number;
  readonly #shards: readonly TurnShard[];
  /** Tokens that were taken, and go to who is given a part. */
  #tokens = 0;

  constructor(place: ShardPlace, order: BalanceOrder, turn: Turn) {
    const { record, note, ledger } = turn;
    this.#place = place;
    this.#order = order;
    this.#turn = turn;
    // Limits that are lifted are shared out like others: each shard has none then.
    this.#note = note ?? { limits: {}, by: '', at: turn.now };
    this.#whole = wholeOf(this.#note.limits);
    this.#served = Math.max(order.shards ?? 0, record.served);
    const count = Math.max(this.#served, record.ever, ledger?.shares.length ?? 0);
    this.#shards = Array.from({ length: count }, (_, at) => this.#open(at));
  }

  async run(): Promise<Balanced> {
    if (this.#isSettled()) return { kind: 'done', owes: false, away: null };
    const looked = this.#shards.filter((one) => this.#isLookedAt(one));
    await Promise.all(looked.map((one) => one.look()));
    const targets = this.#targets();
    const lowering = this.#shards.map((one, at) => one.lower(targets[at] ?? NO_PART));
    for (const taken of await Promise.all(lowering)) this.#tokens += taken;
    const raised = raisedParts(this.#whole, this.#shards, targets);
    const gone = looked.filter(({ isThere }) => !isThere);
    const ledger = this.#ledger(raised, gone.length === 0);
    await this.#keep(ledger);
    await this.#raise(looked, raised);
    if (this.#order.releases) await this.#keep(ledger, true);
    const away = looked.find(({ isThere }) => !isThere)?.away ?? null;
    return { kind: 'done', owes: owesAny(raised, targets), away };
  }

  /** Where nothing is limited of the whole there is nothing to move once all shards have the rest. */
  #isSettled(): boolean {
    const { ledger, noteText } = this.#turn;
    if (isLimited(this.#whole) || this.#order.takes || ledger === null || noteText === '') return false;
    return ledger.settled === noteText && ledger.shares.length === this.#shards.length;
  }

  /** One that was let go and has no part cannot begin anything. */
  #isLookedAt({ at, part }: TurnShard): boolean {
    return at < this.#served || !isLimited(this.#whole) || this.#order.takes === true || !isBare(part);
  }

  #targets(): Part[] {
    if (!isLimited(this.#whole)) return this.#shards.map(() => UNLIMITED);
    const claimants = this.#shards.filter((one) => one.isThere && (one.at < this.#served || one.want > 0));
    const others = this.#shards.filter((one) => !claimants.includes(one) && !one.isThere);
    const left = without(
      this.#whole,
      others.map(({ bound }) => bound),
    );
    const isKept = !this.#order.takes && areServed(left, claimants);
    const turns = { now: this.#turn.now, stayMs: stayMs(this.#note.limits) };
    const parts = isKept ? claimants.map(({ part }) => part) : partsFor(left, claimants, turns);
    return this.#shards.map((one) => {
      const nth = claimants.indexOf(one);
      return nth === -1 ? (one.isThere ? NO_PART : one.part) : (parts[nth] ?? NO_PART);
    });
  }

  async #raise(looked: readonly TurnShard[], raised: readonly Part[]): Promise<void> {
    // The first rate of a queue begins with full buckets.
    const isFresh = looked.every((one) => one.isThere && !one.hadRate);
    const raising = looked
      .filter((one) => one.isThere)
      .map(async (one) => {
        const part = raised[one.at] ?? one.part;
        if (part.slots === one.part.slots && part.burst === one.part.burst) return;
        const room = part.burst === Number.POSITIVE_INFINITY ? 0 : part.burst;
        const tokens = isFresh ? room : Math.min(this.#tokens, room);
        this.#tokens -= tokens;
        await one.raise(part, tokens);
      });
    await Promise.all(raising);
  }

  /** Null where all limits are lifted, of all shards. */
  #ledger(raised: readonly Part[], isAll: boolean): Ledger | null {
    const { note, noteText, now } = this.#turn;
    if (note === null && isAll) return null;
    const shares = this.#shards.map((one, at) => one.shareWith(raised[at] ?? one.part, now));
    return { shares, settled: isAll ? noteText : '' };
  }

  /** What is not changed is not written, but for who gives parts by it: that must be the last turn. */
  async #keep(ledger: Ledger | null, releases = false): Promise<void> {
    const { turn, ledger: before } = this.#turn;
    const isSame = ledger !== null && before !== null && ledgerText(ledger) === ledgerText(before);
    if (isSame && !releases) return;
    const { queue } = this.#order;
    if (!(await keepLedger(this.#place, queue, { turn, ledger, releases }))) throw new Overtaken(turn);
  }

  #open(at: number): TurnShard {
    const { client, prefix } = this.#place;
    const { queue, shards } = this.#order;
    const { turn, record, ledger } = this.#turn;
    const spread = { at, shards: shards ?? record.shards };
    return new TurnShard({
      ...{ client, turn, at, whole: this.#whole },
      keys: queueKeys(prefix, shardName(queue, at), client.isCluster),
      share: ledger?.shares[at] ?? { bound: UNLIMITED, since: 0 },
      write: (part) => partNote(this.#note, part, spread),
    });
  }
}

/** Whether shards are to have more than was free. */
function owesAny(raised: readonly Part[], targets: readonly Part[]): boolean {
  return raised.some(({ slots, burst }, at) => {
    const target = targets[at];
    return target !== undefined && (slots < target.slots || burst < target.burst);
  });
}
