import { expect } from 'chai';
import { runScript } from '../../../lib/engine/scripts.ts';
import type { Exchange } from '../../../lib/engine/session/session.ts';
import type { Store } from '../../../lib/engine/store/store.ts';
import { addUnique, type EndedAttempt, endAttempts, HOUR_MS, modelJob, RETRIES } from './attempt.ts';
import type { Command, Start } from './command.ts';
import type { Due } from './lock-model.ts';
import { LOSS_LIMIT, QueueModel } from './queue-model.ts';
import type { Hand, RealQueue } from './real-queue.ts';

type Of<Name extends Command['do']> = Extract<Command, { do: Name }>;

/** Carries commands out in Redis and in the model side by side; whatever Redis answers must be what the model says. */
export class Interleaving {
  readonly model = new QueueModel();
  readonly #real: RealQueue;
  #count = 0;

  constructor(real: RealQueue) {
    this.#real = real;
  }

  /** Runs one command in both, compares the answers, then everything there is. */
  async step(command: Command): Promise<void> {
    await this.#run(command);
    await this.#real.age(this.model.failed);
    const { succeededSet, failedSet, ...picture } = await this.#real.picture();
    expect(picture).to.deep.equal(this.model.picture());
    expect(succeededSet, 'the set beside succeededOrder').to.deep.equal([...picture.succeeded].sort());
    expect(failedSet, 'the set beside failedOrder').to.deep.equal([...picture.failed].sort());
  }

  async #run(command: Command): Promise<void> {
    switch (command.do) {
      case 'add':
        return this.#add(command);
      case 'addUnique':
        return this.#addUnique(command);
      case 'exchange':
        return this.#exchange(command);
      case 'block':
        return this.#block();
      case 'pickUp':
        return this.#pickUp(command);
      case 'renew':
        return this.#renew(this.#hand(command));
      case 'release':
        return this.#release(this.#hand(command), command.count);
      case 'progress':
        return this.#progress(this.#hand(command));
      case 'lapse':
        return this.#lapse(this.#hand(command));
      case 'recover':
        return this.#recover(command);
      case 'die':
        return this.#die(command);
      case 'rejoin':
        return this.#rejoin(this.#hand(command));
      case 'leave':
        return this.#leave(this.#hand(command));
      case 'stall':
        return this.#stall(`job-${command.job}`);
      case 'flushScripts':
        return this.#real.flushScripts();
      case 'promoteDue':
      case 'pause':
      case 'resume':
        return this.#steer(command.do, this.#store(command));
      default:
        return this.#repair(command);
    }
  }

  async #add({ store, jobs }: Of<'add'>): Promise<void> {
    const added = jobs.map(({ job, start }) => ({ id: `job-${job}`, start, n: ++this.#count }));
    const created = await this.#store({ store }).save(
      added.map(({ id, start, n }) => modelJob(id, start, n)),
    );
    const expected = added.map(({ id, start, n }) =>
      this.model.add(id, { n }, { retries: RETRIES, due: dueOf(start, n) }),
    );
    expect(created, 'which jobs were created').to.deep.equal(expected);
  }

  async #addUnique(command: Of<'addUnique'>): Promise<void> {
    const n = ++this.#count;
    const { job, key, start, replaces } = command;
    const saved = await addUnique(this.#store(command), command, n);
    const due = dueOf(start, n);
    const added = { id: `job-${job}`, data: { n }, retries: RETRIES, due, key: `key-${key}`, replaces };
    expect(saved, 'what became of it').to.deep.equal(this.model.locks.add(added));
  }

  async #exchange({ session, endings, wanted, isResent }: Of<'exchange'>): Promise<void> {
    const hand = this.#hand({ session });
    const ended = endAttempts(hand, endings);
    this.#hear(hand);
    hand.wire.isLossy = isResent;
    const exchange = await hand.session.exchange(
      ended.map(({ args }) => args),
      wanted,
    );
    hand.wire.isLossy = false;
    const said = this.#exchangeInModel(hand, ended, wanted);
    const { fenced, ...expected } = isResent ? this.#exchangeInModel(hand, ended, wanted) : said;
    expect(exchange.fenced, 'fenced').to.have.members(fenced);
    for (const { args } of ended) hand.held.delete(args[0]);
    this.#receive(hand, exchange, expected);
    if (wanted > 0 && exchange.state === 'ok') hand.isJoined = true;
  }

  async #pickUp({ session, wanted, isResent }: Of<'pickUp'>): Promise<void> {
    const hand = this.#hand({ session });
    const how = { wanted, joins: false, claimName: String(++hand.waits) };
    hand.wire.isLossy = isResent;
    const exchange = await hand.session.pickUp(wanted, (takes) => runScript(hand.wire.client, takes));
    hand.wire.isLossy = false;
    this.#join(hand);
    const { incarnation } = hand.session;
    const said = this.model.pickUp(incarnation, how);
    const expected = isResent ? this.model.pickUp(incarnation, how) : said;
    expect(exchange === null, 'nothing was moved').to.equal(expected === null);
    if (exchange && expected) this.#receive(hand, exchange, expected);
  }

  #receive(
    hand: Hand,
    exchange: Exchange,
    { state, ids }: { state: Exchange['state']; ids: string[] },
  ): void {
    expect({ state: exchange.state, ids: exchange.taken.map(({ id }) => id) }).to.deep.equal({ state, ids });
    const revoked = state === 'revoked' ? this.model.revokedOf(hand.session.incarnation) : [];
    expect(exchange.revoked, 'revoked').to.have.members(revoked);
    for (const { id, record } of exchange.taken)
      expect(record.data).to.deep.equal(this.model.jobs.get(id)?.data);
    for (const one of exchange.taken) hand.held.set(one.id, one);
    for (const id of revoked) hand.held.delete(id);
    hand.told = revoked;
    if (state === 'burnt') this.#rejoin(hand);
  }

  /** The next exchange says that what the one before told of was dropped. */
  #hear(hand: Hand): void {
    this.model.hear(hand.session.incarnation, hand.told);
    hand.told = [];
  }

  #exchangeInModel(hand: Hand, ended: readonly EndedAttempt[], wanted: number): ModelExchange {
    const { incarnation } = hand.session;
    const endings = ended.map(({ model }) => model);
    const fenced = this.model.settle(incarnation, endings);
    if (wanted === 0) return { fenced, state: 'ok', ids: [] };
    return { fenced, ...this.model.take(incarnation, { wanted, joins: !hand.isJoined }) };
  }

  async #block(): Promise<void> {
    expect(await this.#real.block(), 'moved').to.equal(this.model.block());
  }

  async #renew(hand: Hand): Promise<void> {
    const { incarnation } = hand.session;
    const running = [...hand.held.keys()];
    const beat = await hand.session.renew(running);
    this.#join(hand);
    const claims = this.model.claims.get(incarnation);
    expect(beat.state).to.equal(claims ? 'ok' : 'burnt');
    if (beat.state === 'burnt' || !claims) return this.#rejoin(hand);
    this.model.lapsed.delete(incarnation);
    for (const id of running) this.model.suspects.delete(id);
    expect(beat.lost, 'lost').to.have.members(running.filter((id) => !claims.has(id)));
    expect(beat.unheld, 'unheld').to.have.members([...claims].filter((id) => !hand.held.has(id)));
    for (const id of beat.lost) hand.held.delete(id);
    await this.#releaseIds(hand, beat.unheld);
  }

  async #release(hand: Hand, count: number): Promise<void> {
    const ids = [...hand.held.keys()].slice(0, count);
    await this.#releaseIds(hand, ids);
    for (const id of ids) hand.held.delete(id);
  }

  async #releaseIds({ session }: Hand, ids: readonly string[]): Promise<void> {
    const released = this.model.release(session.incarnation, ids);
    expect(await session.release(ids), 'released').to.equal(released);
  }

  async #progress({ session, held }: Hand): Promise<void> {
    const [first] = held.values();
    if (!first) return;
    const isHeld = this.model.holds(session.incarnation, first.id);
    expect(await session.progress(first.id, first.record), 'progress stored').to.equal(isHeld);
  }

  async #lapse({ session: { incarnation } }: Hand): Promise<void> {
    await this.#real.lapse(incarnation);
    if (this.model.claims.has(incarnation)) this.model.lapsed.add(incarnation);
  }

  async #stall(id: string): Promise<void> {
    expect(await this.#real.stall(id), 'stalled').to.equal(this.model.stall(id));
  }

  async #recover({ session, looksForOrphans }: Of<'recover'>): Promise<void> {
    const hand = this.#hand({ session });
    await this.#real.setOrphanInterval(looksForOrphans);
    const recovered = await hand.session.recover({ lossLimit: LOSS_LIMIT, orphanIntervalMs: HOUR_MS });
    this.model.returnMoved();
    const doomedIds = recovered.doomed.map(({ id }) => id);
    this.#join(hand);
    const own = hand.session.incarnation;
    // Who has no lease, or is late with it, judges nobody.
    const mayJudge = this.model.claims.has(own) && !this.model.lapsed.has(own);
    const dead = mayJudge ? [...this.model.lapsed].sort() : [];
    const expected = dead.map((one) => this.model.recover(one, own, recovered.returned));
    const { lapsed } = this.model;
    const orphans = looksForOrphans && lapsed.size === 0 ? this.model.returnOrphans(recovered.orphans) : [];
    expect(recovered.returned).to.have.members(expected.flatMap(({ returned }) => returned));
    expect(doomedIds).to.have.members(expected.flatMap(({ doomed }) => doomed));
    expect(recovered.orphans).to.have.members(orphans);
    for (const one of recovered.doomed) hand.held.set(one.id, one);
  }

  /** A worker ends without a word, its successor knows nothing, and once the lease is over somebody finds out. */
  async #die({ session, foundBy }: Of<'die'>): Promise<void> {
    await this.#lapse(this.#hand({ session }));
    this.#rejoin(this.#hand({ session }));
    await this.#recover({ do: 'recover', session: foundBy, looksForOrphans: false });
  }

  #join(hand: Hand): void {
    if (!hand.isJoined) this.model.join(hand.session.incarnation);
    hand.isJoined = true;
  }

  #rejoin(hand: Hand): void {
    hand.session.rejoin();
    hand.isJoined = false;
    hand.told = [];
    hand.held.clear();
  }

  async #leave(hand: Hand): Promise<void> {
    const { incarnation } = hand.session;
    await hand.session.leave();
    if (this.model.claims.get(incarnation)?.size === 0) this.model.forget(incarnation);
    this.#rejoin(hand);
  }

  async #steer(what: 'promoteDue' | 'pause' | 'resume', store: Store): Promise<void> {
    if (what === 'promoteDue') {
      const { moved } = await store.promoteDue();
      expect(moved, 'promoted').to.equal(this.model.promoteDue());
    } else {
      await (what === 'pause' ? store.pause('spec', 1) : store.resume());
      this.model.isPaused = what === 'pause';
    }
  }

  async #repair({ do: what, store, job }: Of<'remove' | 'retry' | 'promote' | 'update'>): Promise<void> {
    const id = `job-${job}`;
    const repaired = this.#store({ store });
    const n = ++this.#count;
    if (what === 'remove') {
      expect(await repaired.remove(id), 'removed from').to.equal(this.model.remove(id));
    } else if (what === 'retry') {
      expect(await repaired.retry(id, RETRIES)).to.deep.equal(
        this.#result(id, this.model.retry(id, RETRIES)),
      );
    } else if (what === 'promote') {
      expect(await repaired.promote(id)).to.deep.equal(this.#result(id, this.model.promote(id)));
    } else {
      expect(await repaired.updateData(id, { n })).to.deep.equal(
        this.#result(id, this.model.update(id, { n })),
      );
    }
  }

  #result(id: string, done: boolean): object {
    return done ? { done } : { done, state: this.model.stateOf(id) };
  }

  #hand({ session }: { session: number }): Hand {
    return at(this.#real.hands, session);
  }

  #store({ store }: { store: number }): Store {
    return at(this.#real.stores, store);
  }
}

function dueOf(start: Start, n: number): Due {
  if (start === 'now') return 'now';
  return start === 'due' ? n : null;
}

interface ModelExchange {
  fenced: string[];
  state: Exchange['state'];
  ids: string[];
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no number ${index}`);
  return item;
}
