import type { Clock } from '../../clock.ts';
import type { QueueKeys } from '../keys.ts';
import type { RedisClient } from '../scripts.ts';
import { factsOf } from './incarnation.ts';
import { hasEnded } from './process-mark.ts';
import { type Dead, type Look, lookAround, type Recovered, recoverDead, returnOrphans } from './recover.ts';
import type { Standing } from './standing.ts';

/** How a session deals with what others left. */
export interface RecoverOrder {
  /** So many losses fail a job. */
  lossLimit: number;
  /** How long a job may stay in `active` without anybody claiming it, in ms. */
  orphanIntervalMs: number;
  /** Whether it looks for what nobody claims; default true. */
  looksForOrphans?: boolean;
  /** Whether what was found one interval ago counts for that also before it may judge; default false. */
  orphansAtOnce?: boolean;
}

/** What a judge works with. */
interface JudgeDeps {
  client: RedisClient;
  keys: QueueKeys;
  clock: Clock;
}

/** The part of a session that says of others that they are dead: for what it has seen in its own {@link Standing}. */
export class Judge {
  readonly #deps: JudgeDeps;
  readonly #standing: Standing;
  /** The spell of standing in which it last looked for what nobody works on. */
  #lookedIn: number | null = null;

  constructor(deps: JudgeDeps, standing: Standing) {
    this.#deps = deps;
    this.#standing = standing;
  }

  /** Takes note that Redis has written our lease, by a call that was sent then (ms of the clock's growing time). */
  keptLease(sentAt: number, redisNow: number): void {
    this.#standing.renewed({ sentAt, repliedAt: this.#deps.clock.elapsed(), redisNow });
  }

  /** Takes note that Redis refused to write it. */
  lostLease(): void {
    this.#standing.lose();
  }

  /** Takes note that a new incarnation begins, which has none yet. */
  beginAnew(): void {
    this.#standing.beginAnew();
  }

  /** See {@link Standing.isSure}. */
  isSure(now: number): boolean {
    return this.#standing.isSure(now);
  }

  /** Returns to waiting what dead workers held, see {@link recoverDead}, and what nobody works on; `own` judges. */
  async recover(own: string, order: RecoverOrder): Promise<Recovered> {
    const { clock } = this.#deps;
    const sentAt = clock.elapsed();
    const look = await lookAround(this.#deps);
    const repliedAt = clock.elapsed();
    this.#standing.saw({ sentAt, repliedAt, redisNow: look.now });
    // Who is late with its own lease has missed something that others may have missed too.
    const isLate = look.lapsed.some(([name]) => name === own);
    const dead = isLate ? [] : this.#deadOf(look, repliedAt);
    const { lossLimit } = order;
    const recovered = await recoverDead(this.#deps, look, { dead, own, lossLimit });
    if (order.looksForOrphans === false) return recovered;
    // What the dead hold is theirs until somebody judges them.
    const listed = namesOf(look).filter((name) => !dead.some((one) => one.name === name));
    const mayJudge = !isLate && this.#standing.isGood(repliedAt);
    const mayLook = mayJudge || order.orphansAtOnce || (!isLate && this.#standing.hasBegun);
    if (mayLook) await this.#returnOrphans(listed, { order, mayJudge, recovered });
    return recovered;
  }

  async #returnOrphans(
    listed: readonly string[],
    { order, mayJudge, recovered }: { order: RecoverOrder; mayJudge: boolean; recovered: Recovered },
  ): Promise<void> {
    const { orphanIntervalMs: intervalMs, orphansAtOnce = false } = order;
    const { spell } = this.#standing;
    // Within an outage nobody could say what he works on, so what was found before it counts for nothing.
    const afresh = !mayJudge && !orphansAtOnce && this.#lookedIn !== spell;
    try {
      const { returned, againInMs } = await returnOrphans(this.#deps, listed, { intervalMs, afresh });
      if (returned !== null) this.#lookedIn = spell;
      recovered.orphansInMs = returned === null ? againInMs : intervalMs;
      recovered.orphans.push(...(returned ?? []));
    } catch (error) {
      recovered.failures.push(error);
    }
  }

  /** Those whose process has ended, as this machine sees, and those whose lease says so. */
  #deadOf(look: Look, now: number): Dead[] {
    const ended = namesOf(look).filter((name) => hasEnded(factsOf(name).mark));
    const silent = look.lapsed.filter(([name, endedAt]) =>
      this.#standing.isOutlived({ endedAt, leaseMs: factsOf(name).leaseMs }, now),
    );
    return [
      ...ended.map((name) => ({ name, hasEnded: true })),
      ...silent.map(([name]) => ({ name, hasEnded: false })).filter(({ name }) => !ended.includes(name)),
    ];
  }
}

function namesOf({ live, lapsed }: Look): string[] {
  return [...live, ...lapsed.map(([name]) => name)];
}
