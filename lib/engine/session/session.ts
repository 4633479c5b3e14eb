import type { Clock } from '../../clock.ts';
import { type Split, splitCall } from '../groups/group-split.ts';
import type { QueueKeys } from '../keys.ts';
import { holdBack } from '../limits/holds.ts';
import { putBack } from '../limits/put-back.ts';
import { SlotSweep } from '../limits/slot-sweep.ts';
import { type JobRecord, rewriteRecord, type StoredOptions } from '../record/record.ts';
import type { SettlementArgs } from '../record/settlement.ts';
import { type RedisClient, runScript, type ScriptReply } from '../scripts.ts';
import { type KeptSignals, readSignals } from '../signals/kept-signals.ts';
import { tell } from '../tell-callers.ts';
import { type Exchange, NOTHING, readExchange } from './exchange.ts';
import {
  type PickUpCall,
  pickUpCall,
  type SettleOptions,
  settleCalls,
  type TakeOptions,
  takeCall,
  together,
} from './exchange-calls.ts';
import { freshAnswer } from './fresh-answer.ts';
import { Incarnation, type LeaseBook } from './incarnation.ts';
import { Judge, type RecoverOrder } from './judge.ts';
import type { Recovered } from './recover.ts';
import { RedisTime } from './redis-time.ts';
import { Revocations } from './revocations.ts';
import { Standing } from './standing.ts';

export type { CancelReasons, Exchange } from './exchange.ts';
export type { RecoverOrder } from './judge.ts';
export type { Recovered } from './recover.ts';
export type { Taken } from './taken.ts';

/** What a beat found out. */
export type Beat = { state: 'burnt' } | { state: 'ok'; lost: string[]; unheld: string[] };

type TakeReply = ScriptReply<'take'>;

/** How a session holds its jobs, and how they are settled. */
export interface SessionOptions extends SettleOptions {
  /** How long a silent worker keeps its claims. */
  leaseMs: number;
  /** How long it must have kept its own lease before it judges others by theirs, in ms; default a lease. */
  judgesAfterMs?: number;
}

/** What a session works with. */
export interface SessionDeps {
  client: RedisClient;
  keys: QueueKeys;
  clock: Clock;
  /** Told of its leases; default nobody. */
  leases?: LeaseBook | null;
}

/**
 * One worker's hold on one queue: an incarnation with a lease, and a claim for each job it took. When the lease is
 * lost the incarnation is burnt, whatever it still settles changes nothing, and `rejoin` makes a new one.
 */
export class Session {
  /** The queue, with the keys by which what is private of its jobs is sealed. */
  readonly sealing: QueueKeys;
  readonly #deps: SessionDeps;
  readonly #options: SessionOptions;
  readonly #own: Incarnation;
  /** Whether the queue has limits, as it was last seen. */
  #isLimited = false;
  #sweep = new SlotSweep();
  readonly #judge: Judge;
  readonly #revocations: Revocations;
  #waits = 0;
  readonly #time: RedisTime;

  constructor(deps: SessionDeps, options: SessionOptions) {
    this.#deps = deps;
    this.sealing = deps.keys;
    this.#options = options;
    this.#own = new Incarnation(options.leaseMs, deps.leases);
    this.#time = new RedisTime(deps.clock);
    this.#revocations = new Revocations(deps);
    this.#judge = new Judge(deps, new Standing(options.leaseMs, options.judgesAfterMs));
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
    return this.#time.at(elapsedMs);
  }

  /** The name under which this session holds its jobs at the moment. */
  get incarnation(): string {
    return this.#own.name;
  }

  /** Whether what is held here cannot have gone to others yet, see {@link Standing.isSure}; the next renewal tells. */
  isSure(now = this.#deps.clock.elapsed()): boolean {
    return this.#judge.isSure(now);
  }

  /** Goes on under a new incarnation; what the old one held is no longer ours. */
  rejoin(): void {
    this.#own.renew();
    this.#revocations.note([]);
    this.#judge.beginAnew();
  }

  /**
   * Settles what has ended and takes up to `wanted` jobs, in one round trip; one of them may be a suspect, unless
   * `maySuspect` is false: a job that was claimed by a worker that died.
   */
  exchange(ended: readonly SettlementArgs[], wanted: number, maySuspect = true): Promise<Exchange> {
    const exchange = () => this.#exchange(ended, wanted, maySuspect);
    return this.#revocations.during(this.#own.name, exchange);
  }

  async #exchange(ended: readonly SettlementArgs[], wanted: number, maySuspect: boolean): Promise<Exchange> {
    const { client, keys } = this.#deps;
    const incarnation = this.#own.name;
    const takes = wanted > 0 || this.#isLimited;
    const settles = settleCalls({ keys, incarnation }, this.#options, ended);
    // A batch larger than a script takes goes ahead in pieces; the last piece goes together with the take.
    const last = takes ? settles.pop() : undefined;
    const fenced: string[] = [];
    for (const call of settles) fenced.push(...(await runScript(client, call)));
    if (!takes) return { ...NOTHING, fenced };
    const take = takeCall(keys, incarnation, this.#takeOptions(wanted, maySuspect));
    const joinsAt = this.#own.hasJoined ? null : this.#deps.clock.elapsed();
    const [lost, reply] = last
      ? await runScript(client, together(last, take))
      : ([[], await runScript(client, take)] as const);
    fenced.push(...lost);
    // What a burnt incarnation is answered late must neither count for the next one nor burn it.
    if (incarnation !== this.#own.name) return { ...NOTHING, fenced };
    const { state } = reply;
    if (joinsAt !== null && state === 'ok') this.#judge.keptLease(joinsAt, reply.now);
    if (state !== 'limited' && state !== 'plain') return { ...(await this.#readTaken(state, reply)), fenced };
    this.#isLimited = state === 'limited';
    return { ...(await this.#exchange([], wanted, maySuspect)), fenced };
  }

  /**
   * Waits for a job and takes it, and up to `wanted` where there are more; resolves with null when none came. `wait`
   * sends the take behind a blocking move, on another connection than all else, so its claims have names: a settle
   * that is sent again on this connection must not end what was claimed on that one since.
   */
  async pickUp(
    wanted: number,
    wait: (takes: PickUpCall) => Promise<TakeReply | null>,
  ): Promise<Exchange | null> {
    if (!this.#own.hasJoined) await this.renew([]);
    const incarnation = this.#own.name;
    const claimName = String(++this.#waits);
    const options = { ...this.#takeOptions(wanted, false), claimName };
    const reply = await wait(pickUpCall(this.#deps.keys, incarnation, options));
    if (reply === null || incarnation !== this.#own.name) return null;
    const { state } = reply;
    if (state === 'limited' || state === 'plain') {
      this.#isLimited = state === 'limited';
      return { ...NOTHING, fenced: [], againInMs: 0 };
    }
    const exchange = await this.#readTaken(state, reply);
    const taken = exchange.taken.map((one) => ({ ...one, claimName }));
    return { ...exchange, taken, fenced: [] };
  }

  /** Keeps the lease, or makes it, and compares what this process runs with what Redis thinks it holds. */
  async renew(running: readonly string[]): Promise<Beat> {
    const { keys, client } = this.#deps;
    const incarnation = this.#own.name;
    const sentAt = this.#deps.clock.elapsed();
    const args = { incarnation, leaseMs: this.#options.leaseMs, joins: !this.#own.hasJoined };
    const own = { keys: { claims: keys.claims(incarnation) }, args, rest: running };
    const asked = runScript(client, { script: 'renew', queue: keys, ...own });
    const [state, now, lost, unheld] = await asked.catch((error) => {
      this.#judge.lostLease();
      throw error;
    });
    this.#time.note(now);
    if (incarnation !== this.#own.name) return { state: 'ok', lost: [], unheld: [] };
    if (state === 'burnt') return { state };
    this.#own.joined();
    this.#judge.keptLease(sentAt, now);
    return { state, lost, unheld };
  }

  /**
   * Returns to waiting what dead workers held, see {@link Judge}, and what nobody works on; frees the slots that nobody
   * holds any more.
   */
  async recover(order: RecoverOrder): Promise<Recovered> {
    if (!this.#own.hasJoined) await this.renew([]);
    const recovered = await this.#judge.recover(this.#own.name, order);
    if (this.#isLimited)
      await this.#sweep.runOnce(this.#deps).catch((error) => recovered.failures.push(error));
    return recovered;
  }

  /** Gives jobs back untouched, to the head of waiting; resolves with how many went back. */
  async release(ids: readonly string[]): Promise<number> {
    if (ids.length === 0) return 0;
    const { keys, client } = this.#deps;
    const held = { queue: keys, keys: { claims: keys.claims(this.#own.name) }, rest: ids };
    const returned = await runScript(client, { script: 'release', ...held });
    if (this.#isLimited) await runScript(client, { script: 'free', ...held });
    return returned;
  }

  /** Ends the lease, if nothing is held any more. */
  async leave(): Promise<void> {
    const { keys, client } = this.#deps;
    const { name: incarnation } = this.#own;
    const own = { keys: { claims: keys.claims(incarnation) }, args: { incarnation } };
    await runScript(client, { script: 'leave', queue: keys, ...own });
    this.#own.left();
    if (this.#isLimited) await putBack(this.#deps);
  }

  /**
   * Stores a running job's record anew and announces its progress. Resolves with false when the claim is gone. The data
   * are written as they are in `text`, see {@link rewriteRecord}.
   */
  progress(id: string, record: JobRecord, text: string | null = null): Promise<boolean> {
    const message = JSON.stringify({ id, event: 'progress', data: record.progress });
    return this.#rewrite(id, rewriteRecord(text, record), message);
  }

  /** The same, but nothing is announced. */
  storeRecord(id: string, record: JobRecord, text: string | null = null): Promise<boolean> {
    return this.#rewrite(id, rewriteRecord(text, record), '');
  }

  /** Whether a job is still claimed here, as Redis has it. */
  async holds(id: string): Promise<boolean> {
    const { keys, client, clock } = this.#deps;
    const ask = () => tell(client, client.sismember(keys.claims(this.#own.name), id));
    return (await freshAnswer(clock, this.#options.leaseMs, ask)) === 1;
  }

  /** Gives a running job a number greater than all that the queue has given before; null when the claim is gone. */
  async fencingNumber(id: string): Promise<number | null> {
    const { keys, client } = this.#deps;
    const claims = keys.claims(this.#own.name);
    const call = { script: 'fence', queue: keys, keys: { claims }, args: { id } } as const;
    const number = await tell(client, runScript(client, call));
    return number === 0 ? null : number;
  }

  /** The signals that a job has been given, which its options tell from another of its id. */
  signalsOf(id: string, options: StoredOptions): Promise<KeptSignals> {
    return tell(this.#deps.client, readSignals(this.#deps, id, options));
  }

  /** Holds back the queue, or a key of it, for so long (ms); false when the claim on the job is gone. */
  holdBack(id: string, key: string, forMs: number): Promise<boolean> {
    return holdBack(this.#deps, this.#deps.keys.claims(this.#own.name), { id, key, forMs });
  }

  /** Takes jobs out of a carrier that is running; false when the claim is gone. */
  split(split: Omit<Split, 'now'>): Promise<boolean> {
    const { keys, client } = this.#deps;
    const holder = { incarnation: this.#own.name, keepsFailed: this.#options.keepFailed !== 0 };
    const call = splitCall(keys, holder, { ...split, now: this.now() });
    return tell(client, runScript(client, call));
  }

  /** Whether each queue has a slot of its own, so that no script can reach two of them. */
  get isCluster(): boolean {
    return this.#deps.client.isCluster;
  }

  #rewrite(id: string, record: string, message: string): Promise<boolean> {
    const { keys, client } = this.#deps;
    const claims = keys.claims(this.#own.name);
    const args = { id, record, message };
    return tell(client, runScript(client, { script: 'progress', queue: keys, keys: { claims }, args }));
  }

  #takeOptions(wanted: number, maySuspect: boolean): TakeOptions {
    const { leaseMs } = this.#options;
    return { leaseMs, wanted, joins: !this.#own.hasJoined, isLimited: this.#isLimited, maySuspect };
  }

  async #readTaken(state: Exchange['state'], reply: TakeReply): Promise<Omit<Exchange, 'fenced'>> {
    this.#time.note(reply.now);
    if (state === 'ok') this.#own.joined();
    const exchange = await readExchange(this.#deps, state, reply);
    this.#revocations.note(exchange.revoked);
    return exchange;
  }
}
