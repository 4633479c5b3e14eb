import type { Outcome } from '../record/settlement.ts';
import type { CancelReasons, Exchange, RecoverOrder, Taken } from '../session/session.ts';
import { ActiveJob } from './active-job.ts';
import { endedAttempt } from './ended-attempt.ts';
import { type EndedAttempt, HeldJobs } from './held-jobs.ts';
import { holdOthers } from './hold-others.ts';
import type { LaneDeps } from './lane-hooks.ts';
import { LaneState } from './lane-state.ts';
import { LaneWait } from './lane-wait.ts';
import { lostTooOften } from './outcome.ts';
import { ReadAhead } from './read-ahead.ts';
import { Stillness } from './stillness.ts';
import type { SuspectTurn } from './suspects.ts';

/** A lane that is paused or limited looks again so often, in ms: the end of a pause or limit is not announced. */
const LOOK_MS = 1_000;

/**
 * One queue as a worker sees it: the jobs it holds there, the ended ones not settled yet, and whether there is more.
 * What ends is settled by the next exchange.
 */
export class Lane {
  readonly queue: string;
  /** Its part of the slots, by those of the other lanes. */
  weight: number;
  credit = 0;
  readonly #deps: LaneDeps;
  readonly #state: LaneState;
  readonly #held = new HeldJobs();
  readonly #readAhead: ReadAhead;
  readonly #stillness = new Stillness();
  readonly #suspects: SuspectTurn;
  #ended: EndedAttempt[] = [];
  #underWay = 0;
  #endsUnderWay = 0;
  /** Its wait for the next job, for whoever pauses that. */
  readonly wait: LaneWait;
  #stopping = false;
  /** When it is worth looking for orphans again, in ms of the clock's growing time. */
  #orphansAt = Number.NEGATIVE_INFINITY;
  #isHeldBack = false;

  constructor(deps: LaneDeps) {
    this.#deps = deps;
    this.queue = deps.queue;
    this.weight = deps.weight;
    this.#readAhead = new ReadAhead(deps.concurrency);
    this.#state = new LaneState(deps.clock, deps.wake);
    this.#suspects = deps.suspects.join(() => this.#state.goOn());
    this.wait = new LaneWait({
      ...{ lane: deps, state: this.#state, stillness: this.#stillness },
      receive: (exchange, wanted) => this.#receive(exchange, wanted, false),
      onFailed: (error) => this.#backOff('wait', error),
    });
  }

  /** Whether jobs may be taken here at this moment, when so many slots are free. */
  takes(slots: number): boolean {
    if (!this.isReady || this.#stopping || this.#stillness.isKept || !this.isSure()) return false;
    // A second exchange keeps Redis at work while the answer to the first is read, where it is worth one.
    return this.#underWay === 0 || (this.#underWay === 1 && this.ahead > 0 && slots >= this.mostPerExchange);
  }

  /** Whether what was taken here is ours for sure; while it is not, nothing begins and nothing is taken. */
  isSure(now?: number): boolean {
    return this.#deps.session.isSure(now);
  }

  /** How many jobs one exchange takes at most. */
  get mostPerExchange(): number {
    return this.#readAhead.mostPerExchange(this.ahead);
  }

  /** Whether the lane competes for slots at all. */
  get isReady(): boolean {
    return this.#state.is === 'ready';
  }

  /** How many jobs to take beyond the free slots. */
  get ahead(): number {
    return this.isReady ? this.#readAhead.size : 0;
  }

  /** Whether ended attempts could be settled at this moment. */
  get hasEnded(): boolean {
    const isFree = this.#underWay === 0 && this.#state.is !== 'resting' && !this.#stillness.isKept;
    return isFree && this.#ended.length > 0;
  }

  /** Every job held here that has not ended. */
  get running(): ActiveJob[] {
    return [...this.#held].filter((job) => !job.hasEnded);
  }

  /** Jobs that were lost and run on here all the same, each until its end. */
  get cutOff(): ActiveJob[] {
    return [...this.#held.cutOff];
  }

  /** Whether nothing that ended is still to be settled. */
  get isSettled(): boolean {
    return this.#ended.length === 0 && this.#underWay === 0;
  }

  /** Whether attempts have ended of which it is not known that Redis has it. */
  get owesEnds(): boolean {
    return this.#ended.length + this.#endsUnderWay > 0;
  }

  /** Settles what ended and takes up to `wanted` jobs; resolves with those to be run. Never rejects. */
  async exchange(wanted: number): Promise<ActiveJob[]> {
    this.#underWay++;
    this.#stillness.begin();
    const ended = this.#ended;
    this.#ended = [];
    this.#endsUnderWay += ended.length;
    const maySuspect = wanted > 0 && this.#suspects.ask();
    const { clock, idleSince, session } = this.#deps;
    const sentAt = clock.elapsed();
    try {
      const args = ended.map((attempt) => attempt.args);
      const exchange = await session.exchange(args, wanted, maySuspect);
      this.#state.succeeded('exchange');
      this.#readAhead.noteReply({ sentAt, repliedAt: clock.elapsed(), idleSince: idleSince() });
      this.#report(ended, exchange.fenced);
      return this.#receive(exchange, wanted, maySuspect);
    } catch (error) {
      this.#suspects.failed(maySuspect);
      this.#ended = [...ended, ...this.#ended];
      this.#backOff('exchange', error);
      return [];
    } finally {
      this.#underWay--;
      this.#endsUnderWay -= ended.length;
      this.#stillness.end();
    }
  }

  /** Takes note that an attempt ended; it is settled by the next exchange. */
  end(job: ActiveJob, outcome: Outcome, durationMs: number): void {
    job.end();
    this.#suspects.over(job);
    if (!job.isOurs || !this.#held.has(job)) {
      this.#held.cutOff.delete(job);
      this.#deps.hooks.fenced(job);
      return;
    }
    holdOthers(job, outcome, this.#deps);
    this.#readAhead.noteEnded();
    // Its end may free what a limit holds back.
    if (this.#isHeldBack && this.#state.is === 'empty') this.#state.is = 'ready';
    const { worker, version, session } = this.#deps;
    const { keepsSucceeded } = session;
    this.#ended.push(endedAttempt(job, outcome, { durationMs, worker, version, keepsSucceeded }));
  }

  /** Keeps the lease; aborts what is no longer ours, gives back what is ours and not held here. */
  async beat(): Promise<void> {
    const running = [...this.#held];
    const wasSure = this.isSure();
    const beat = await this.#deps.session.renew(running.map((job) => job.id));
    if (!wasSure) this.#deps.wake();
    if (beat.state === 'burnt') return this.#burn();
    const missing = new Set(beat.lost);
    const suspects = this.running.filter((job) => missing.has(job.id) && running.includes(job));
    for (const job of this.#held.confirmLost(suspects)) this.#held.drop(job);
    this.#suspects.lost();
    if (beat.unheld.length > 0) await this.#returnUnheld(beat.unheld);
  }

  /** Tells those of these jobs that run here to stop, and why; `among` is all that is held here unless said. */
  cancel(ids: readonly string[], reasons: CancelReasons, among: Iterable<ActiveJob> = this.#held): void {
    if (ids.length === 0) return;
    for (const job of among) if (ids.includes(job.id)) job.cancel(reasons.get(job.id) ?? null);
  }

  /** Returns the jobs of dead workers to waiting, fails those lost too often, and stops what was cancelled. */
  async recover(order: RecoverOrder): Promise<void> {
    if (!this.#stillness.isKept) await this.#stillness.during(() => this.#recover(order));
  }

  async #recover(order: RecoverOrder): Promise<void> {
    const { session, hooks, clock } = this.#deps;
    const held = [...this.#held];
    const looksForOrphans = clock.elapsed() >= this.#orphansAt;
    const recovered = await session.recover({ ...order, looksForOrphans });
    if (looksForOrphans) this.#orphansAt = clock.elapsed() + recovered.orphansInMs;
    hooks.recovered(this.queue, recovered);
    for (const error of recovered.failures) hooks.troubled(this.queue, 'recover', error);
    // What was taken since may be another attempt, which nobody has cancelled.
    this.cancel(recovered.cancelled, recovered.reasons, held);
    for (const taken of recovered.doomed) {
      this.end(this.#hold(taken), lostTooOften(order.lossLimit), 0);
    }
    if (recovered.doomed.length > 0) this.#deps.wake();
  }

  /** Takes nothing any more; resolves when what a wait has brought is dealt with. */
  async stopTaking(): Promise<void> {
    this.#stopping = true;
    await this.wait.end();
  }

  /**
   * Gives back jobs held here, untouched: how they end here changes nothing any more. If Redis does not hear of it now,
   * the next beat finds their claims and gives them back.
   */
  async release(jobs: readonly ActiveJob[]): Promise<void> {
    this.#readAhead.reset();
    for (const job of jobs) {
      this.#held.remove(job);
      if (!job.isRunning) this.#suspects.over(job);
    }
    const { session, hooks } = this.#deps;
    const ids = jobs.map(({ id }) => id);
    await session.release(ids).catch((error) => hooks.troubled(this.queue, 'release', error));
  }

  /** Ends the lease. */
  leave(): Promise<void> {
    this.#suspects.leave();
    return this.#deps.session.leave();
  }

  /** Gives back claims of which nothing is held here: the answer to what made them was lost. */
  #returnUnheld(ids: readonly string[]): Promise<void> {
    const release = () => this.#deps.session.release(this.#held.unheldOf(ids));
    const released = this.#stillness.within(release).finally(this.#deps.wake);
    // A wait is a call by which jobs may come.
    return Promise.all([released, this.wait.interrupt()]).then(() => {});
  }

  #hold(taken: Taken): ActiveJob {
    const job = new ActiveJob(this.queue, taken, this.#deps.session);
    const before = this.#held.add(job);
    if (before) this.#forgetEnd(before);
    return job;
  }

  #forgetEnd(job: ActiveJob): void {
    const at = this.#ended.findIndex((ended) => ended.job === job);
    for (const ended of at < 0 ? [] : this.#ended.splice(at, 1)) this.#deps.hooks.fenced(ended.job);
  }

  /** Drops jobs that were removed; no second exchange goes beside the one by which the session says so. */
  #revoke(ids: readonly string[]): void {
    this.#readAhead.reset();
    for (const job of this.#held.dropNamed(ids)) this.#forgetEnd(job);
    this.#suspects.lost();
  }

  #burn(): void {
    this.#held.dropAll();
    this.#suspects.lost();
    for (const { job } of this.#ended.splice(0)) this.#deps.hooks.fenced(job);
    this.#deps.session.rejoin();
  }

  #report(ended: readonly EndedAttempt[], fenced: readonly string[]): void {
    for (const { job, outcome, durationMs } of ended) {
      this.#held.remove(job);
      if (fenced.includes(job.id)) this.#deps.hooks.fenced(job);
      else this.#deps.hooks.settled(job, outcome, durationMs);
    }
  }

  /** Takes in what an exchange or a wait has brought. */
  #receive(exchange: Exchange, wanted: number, maySuspect: boolean): ActiveJob[] {
    const { taken, state, cancelled, reasons, revoked } = exchange;
    const jobs = taken.map((one) => this.#hold(one));
    this.#suspects.answered(maySuspect, exchange, jobs);
    if (state === 'burnt') this.#burn();
    else if (state === 'revoked') this.#revoke(revoked);
    else if (state === 'paused') this.#state.rest('paused', LOOK_MS);
    else if (taken.length < wanted) this.#awaitMore(exchange, wanted - taken.length);
    this.cancel(cancelled, reasons);
    return jobs;
  }

  #awaitMore({ againInMs, leavesSuspects }: Exchange, wanted: number): void {
    // A wait would bring the suspect at the head again and again.
    if (!leavesSuspects && againInMs !== 0) this.#awaitNext(againInMs, wanted);
    if (leavesSuspects && !this.#suspects.isFree) this.#state.rest('paused', againInMs ?? LOOK_MS);
  }

  /** Where a limit holds jobs back, it also looks again by itself. */
  #awaitNext(againInMs: number | null, wanted: number): void {
    this.#state.is = 'empty';
    this.#isHeldBack = againInMs !== null;
    if (againInMs !== null) this.#state.rest('empty', Math.min(againInMs, LOOK_MS));
    this.#readAhead.reset();
    this.wait.start(Math.min(wanted, this.#deps.concurrency));
  }

  #backOff(kind: 'exchange' | 'wait', error: unknown): void {
    if (this.#stopping && this.#ended.length === 0) return;
    this.#deps.hooks.troubled(this.queue, 'exchange', error);
    this.#state.backOff(kind);
  }
}
