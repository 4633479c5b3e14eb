import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { MOST_PER_CALL, type SettleOptions, settleCalls, takeCall, together } from './exchange-calls.ts';
import { type Split, splitCall } from './group-split.ts';
import type { QueueKeys } from './keys.ts';
import type { JobRecord } from './record.ts';
import { type RedisClient, runScript, type ScriptCall } from './scripts.ts';
import type { SettlementArgs } from './settlement.ts';
import { readTaken, type Taken, type TakenReply, toTaken } from './taken.ts';

export type { Taken } from './taken.ts';

/** What one exchange with Redis brought. */
export interface Exchange {
  taken: Taken[];
  /** Ids of ended jobs whose claim was gone: their end changed nothing. */
  fenced: string[];
  state: 'ok' | 'paused' | 'burnt';
  /** Those of the taken that were cancelled and must not run. */
  cancelled: readonly string[];
}

const NOTHING: Omit<Exchange, 'fenced'> = { taken: [], state: 'ok', cancelled: [] };

/** What a beat found out. */
export type Beat = { state: 'burnt' } | { state: 'ok'; lost: string[]; strays: string[] };

/** What a look for dead workers found. */
export interface Recovered {
  /** Ids back in waiting, a loss counted for each. */
  returned: string[];
  /** Jobs lost too often, now held by this session. */
  doomed: Taken[];
  /** Ids that nobody claimed, back in waiting. */
  orphans: string[];
  /** Running jobs that were cancelled, here or elsewhere. */
  cancelled: string[];
}

type TakeReply = [state: Exchange['state'], now: number, ...jobs: [] | [...TakenReply, cancelled?: string]];

type RecoverReply = [returned: string[], doomed: (string | null)[]] | null;

/** How a session holds its jobs, and how they are settled. */
export interface SessionOptions extends SettleOptions {
  /** How long a silent worker keeps its claims. */
  leaseMs: number;
}

/** What a session works with. */
export interface SessionDeps {
  client: RedisClient;
  keys: QueueKeys;
  clock: Clock;
}

/**
 * One worker's hold on one queue: an incarnation with a lease, and a claim for each job it took. When the lease is
 * lost the incarnation is burnt, whatever it still settles changes nothing, and `rejoin` makes a new one.
 */
export class Session {
  readonly #deps: SessionDeps;
  readonly #options: SessionOptions;
  #incarnation = newIncarnation();
  #joined = false;
  #redisNow = 0;
  #redisNowAt = Number.NEGATIVE_INFINITY;

  constructor(deps: SessionDeps, options: SessionOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** Whether jobs that succeed stay in Redis. */
  get keepsSucceeded(): boolean {
    return this.#options.keepSucceeded !== 0;
  }

  /** Epoch milliseconds by Redis's clock, as near as the last reply tells. */
  now(): number {
    return this.timeAt(this.#deps.clock.elapsed());
  }

  /** The same for a moment of the clock's growing time. */
  timeAt(elapsedMs: number): number {
    return Math.round(this.#redisNow + elapsedMs - this.#redisNowAt);
  }

  /** The name under which this session holds its jobs at the moment. */
  get incarnation(): string {
    return this.#incarnation;
  }

  /** Goes on under a new incarnation; what the old one held is no longer ours. */
  rejoin(): void {
    this.#incarnation = newIncarnation();
    this.#joined = false;
  }

  /** Settles what has ended and takes up to `wanted` jobs, in one round trip. */
  async exchange(ended: readonly SettlementArgs[], wanted: number, moved: string | null): Promise<Exchange> {
    const { client, keys } = this.#deps;
    const incarnation = this.#incarnation;
    const take = wanted > 0 || moved !== null ? this.#takeCall(wanted, moved) : null;
    const settles = settleCalls(keys, incarnation, this.#options, ended);
    // A batch larger than a script takes goes ahead in pieces; the last piece goes together with the take.
    const last = take ? settles.pop() : undefined;
    const fenced: string[] = [];
    for (const call of settles) fenced.push(...((await runScript(client, call)) as string[]));
    if (!take) return { ...NOTHING, fenced };
    const [lost, reply] = last
      ? ((await runScript(client, together(last, take))) as [string[], unknown])
      : [[], await runScript(client, take)];
    fenced.push(...lost);
    // What a burnt incarnation is answered late must neither count for the next one nor burn it.
    if (incarnation !== this.#incarnation) return { ...NOTHING, fenced };
    return { ...(await this.#readTaken(reply as TakeReply)), fenced };
  }

  /** Keeps the lease, and compares what this process runs with what Redis thinks it holds. */
  async renew(running: readonly string[]): Promise<Beat> {
    const { keys, client } = this.#deps;
    const incarnation = this.#incarnation;
    // One that has not joined yet would be told that it is burnt.
    if (!this.#joined) return { state: 'ok', lost: [], strays: [] };
    const reply = (await runScript(client, {
      script: 'renew',
      keys: [keys.workers, keys.claims(incarnation), keys.stalling],
      args: [incarnation, this.#options.leaseMs, ...running],
    })) as ['burnt', number] | ['ok', number, string[], string[]];
    this.#setNow(reply[1]);
    if (incarnation !== this.#incarnation) return { state: 'ok', lost: [], strays: [] };
    return reply[0] === 'ok' ? { state: 'ok', lost: reply[2], strays: reply[3] } : { state: 'burnt' };
  }

  /**
   * Returns to waiting what dead workers held, and what is in `active` without anybody working on it.
   * Jobs lost `lossLimit` times are not returned: they come back here, claimed by this session, to be failed.
   */
  async recover(lossLimit: number, orphanIntervalMs: number): Promise<Recovered> {
    const { keys, client } = this.#deps;
    const [now, lapsed, live, cancelled] = (await runScript(client, {
      script: 'lapsed',
      keys: [keys.workers, keys.cancelled],
      args: [],
    })) as [number, string[], string[], string[]];
    const recovered: Recovered = { returned: [], doomed: [], orphans: [], cancelled };
    for (const dead of lapsed) {
      // Late but here: the beat renews our own lease, and the running jobs need not be run again.
      if (dead === this.#incarnation) continue;
      const reply = (await runScript(client, this.#recoverCall(dead, lossLimit))) as RecoverReply;
      if (reply === null) continue;
      recovered.returned.push(...reply[0]);
      for (let at = 0; at < reply[1].length; at += 2) {
        recovered.doomed.push(toTaken(reply[1][at] ?? '', reply[1][at + 1] ?? null, now));
      }
    }
    const orphans = await runScript(client, {
      script: 'orphans',
      keys: [
        keys.stallBlock,
        keys.stalling,
        keys.waiting,
        keys.active,
        keys.workers,
        ...live.map(keys.claims),
      ],
      args: [orphanIntervalMs, ...live],
    });
    if (Array.isArray(orphans)) recovered.orphans.push(...orphans);
    return recovered;
  }

  /** Gives jobs back untouched, to the head of waiting; resolves with how many went back. */
  async release(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { keys, client } = this.#deps;
    return (await runScript(client, {
      script: 'release',
      keys: [keys.active, keys.waiting, keys.claims(this.#incarnation)],
      args: ids,
    })) as number;
  }

  /** Ends the lease, if nothing is held any more. */
  async leave(): Promise<void> {
    const { keys, client } = this.#deps;
    await runScript(client, {
      script: 'leave',
      keys: [keys.workers, keys.claims(this.#incarnation)],
      args: [this.#incarnation],
    });
    this.#joined = false;
  }

  /** Stores a running job's record anew and announces its progress; false when the claim is gone. */
  progress(id: string, record: JobRecord): Promise<boolean> {
    return this.#rewrite(id, record, JSON.stringify({ id, event: 'progress', data: record.progress }));
  }

  /** Stores a running job's record anew without a word; false when the claim is gone. */
  storeRecord(id: string, record: JobRecord): Promise<boolean> {
    return this.#rewrite(id, record, '');
  }

  /** Takes jobs out of a carrier that is running; false when the claim is gone. */
  async split(split: Omit<Split, 'now'>): Promise<boolean> {
    const { keys, client } = this.#deps;
    const holder = { incarnation: this.#incarnation, keepsFailed: this.#options.keepFailed !== 0 };
    return (await runScript(client, splitCall(keys, holder, { ...split, now: this.now() }))) === 1;
  }

  async #rewrite(id: string, record: JobRecord, message: string): Promise<boolean> {
    const { keys, client } = this.#deps;
    const reply = await runScript(client, {
      script: 'progress',
      keys: [keys.claims(this.#incarnation), keys.jobs, keys.events],
      args: [id, JSON.stringify(record), message],
    });
    return reply === 1;
  }

  #recoverCall(dead: string, lossLimit: number): ScriptCall {
    const { keys } = this.#deps;
    const own = this.#joined ? this.#incarnation : '';
    return {
      script: 'recover',
      keys: [
        keys.workers,
        keys.claims(dead),
        keys.active,
        keys.waiting,
        keys.losses,
        keys.jobs,
        keys.claims(own),
      ],
      args: [dead, lossLimit, own, MOST_PER_CALL],
    };
  }

  #takeCall(wanted: number, moved: string | null): ScriptCall {
    const { leaseMs } = this.#options;
    const joins = !this.#joined;
    return takeCall(this.#deps.keys, this.#incarnation, { leaseMs, wanted, joins, moved });
  }

  async #readTaken([state, now, ...jobs]: TakeReply): Promise<Omit<Exchange, 'fenced'>> {
    this.#setNow(now);
    if (state !== 'ok') return { ...NOTHING, state };
    this.#joined = true;
    if (jobs.length === 0) return NOTHING;
    const [ids, records, cancelled = '[]'] = jobs;
    const taken = readTaken([ids, records], now) ?? (await this.#readEach(ids, now));
    return { taken, state, cancelled: JSON.parse(cancelled) as string[] };
  }

  async #readEach(ids: string, now: number): Promise<Taken[]> {
    const names = JSON.parse(ids) as string[];
    const records = await this.#deps.client.hmget(this.#deps.keys.jobs, ...names);
    return names.map((id, at) => toTaken(id, records[at] ?? null, now));
  }

  #setNow(now: number): void {
    this.#redisNow = now;
    this.#redisNowAt = this.#deps.clock.elapsed();
  }
}

function newIncarnation(): string {
  return randomBytes(9).toString('base64url');
}
