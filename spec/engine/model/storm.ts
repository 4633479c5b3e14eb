import { runScript } from '../../../lib/engine/scripts.ts';
import { addUnique, endAttempts, HOUR_MS, modelJob, RETRIES } from './attempt.ts';
import type { Command } from './command.ts';
import { LOSS_LIMIT, type Picture } from './queue-model.ts';
import type { Hand, RealQueue } from './real-queue.ts';

/** Commands that are carried out at the same time, on several connections and without a model beside them. */
export class Storm {
  readonly #real: RealQueue;
  readonly #exchanging = new Set<Hand>();
  #count = 0;

  constructor(real: RealQueue) {
    this.#real = real;
  }

  /** Carries one command out, as the worker or the service does whose part it is; what Redis says is believed. */
  async act(command: Command): Promise<void> {
    const { stores, hands } = this.#real;
    if ('store' in command) {
      const store = stores[command.store];
      if (command.do === 'addUnique' && store) await addUnique(store, command, ++this.#count);
      if (command.do === 'pause') await store?.pause('spec', 1);
      else if (command.do === 'resume') await store?.resume();
      else if (command.do === 'promoteDue') await store?.promoteDue();
      else if (command.do === 'add')
        await store?.save(command.jobs.map(({ job, start }) => modelJob(`job-${job}`, start, ++this.#count)));
      else if (command.do === 'remove') await store?.remove(`job-${command.job}`);
      else if (command.do === 'retry') await store?.retry(`job-${command.job}`, RETRIES);
      else if (command.do === 'promote') await store?.promote(`job-${command.job}`);
      else if (command.do === 'update') await store?.updateData(`job-${command.job}`, { n: ++this.#count });
    } else if ('session' in command) {
      const hand = hands[command.session];
      if (hand) await this.#work(hand, command);
    } else if (command.do === 'block') {
      await this.#real.block();
    } else if (command.do === 'flushScripts') {
      await this.#real.flushScripts();
    }
  }

  async #work(hand: Hand, command: Extract<Command, { session: number }>): Promise<void> {
    switch (command.do) {
      case 'exchange':
        return this.#exchange(hand, command);
      case 'pickUp':
        return this.#pickUp(hand, command.wanted);
      case 'renew':
        return this.#renew(hand);
      case 'release':
        return this.#release(hand, command.count);
      case 'progress':
        for (const { id, record } of [...hand.held.values()].slice(0, 1))
          await hand.session.progress(id, record);
        return;
      case 'lapse':
        return this.#real.lapse(hand.session.incarnation);
      case 'die':
        await this.#real.lapse(hand.session.incarnation);
        return this.#rejoin(hand);
      case 'recover':
        await this.#real.setOrphanInterval(command.looksForOrphans);
        await this.#recover(hand);
        return;
      case 'rejoin':
        return this.#rejoin(hand);
      case 'leave':
        await hand.session.leave();
        return this.#rejoin(hand);
    }
  }

  async #exchange(hand: Hand, command: Extract<Command, { do: 'exchange' }>): Promise<void> {
    if (this.#exchanging.has(hand)) return;
    this.#exchanging.add(hand);
    const ended = endAttempts(hand, command.endings);
    for (const { args } of ended) hand.held.delete(args[0]);
    const { session } = hand;
    const before = session.incarnation;
    const endings = ended.map(({ args }) => args);
    const { taken, state, revoked } = await session.exchange(endings, command.wanted);
    if (session.incarnation === before) for (const one of taken) hand.held.set(one.id, one);
    for (const id of revoked) hand.held.delete(id);
    if (state === 'burnt') this.#rejoin(hand);
    this.#exchanging.delete(hand);
  }

  async #pickUp(hand: Hand, wanted: number): Promise<void> {
    const { session, wire } = hand;
    const before = session.incarnation;
    const exchange = await session.pickUp(wanted, (takes) => runScript(wire.client, takes));
    if (exchange === null) return;
    if (session.incarnation === before) for (const one of exchange.taken) hand.held.set(one.id, one);
    for (const id of exchange.revoked) hand.held.delete(id);
    if (exchange.state === 'burnt') this.#rejoin(hand);
  }

  async #renew(hand: Hand): Promise<void> {
    const beat = await hand.session.renew([...hand.held.keys()]);
    if (beat.state === 'burnt') this.#rejoin(hand);
    else await hand.session.release(beat.unheld);
  }

  async #release({ session, held }: Hand, count: number): Promise<void> {
    const ids = [...held.keys()].slice(0, count);
    for (const id of ids) held.delete(id);
    await session.release(ids);
  }

  async #recover({ session, held }: Hand): Promise<void> {
    const { doomed } = await session.recover({ lossLimit: LOSS_LIMIT, orphanIntervalMs: HOUR_MS });
    for (const one of doomed) held.set(one.id, one);
  }

  #rejoin(hand: Hand): void {
    hand.session.rejoin();
    hand.held.clear();
  }
}

/** What is wrong with a queue in itself, whatever was done to it; nothing should be. */
export function faultsOf(picture: Picture & { succeededSet: string[]; failedSet: string[] }): string[] {
  const { waiting, moved, active, delayed, succeeded, failed, succeededSet, failedSet, jobs, claims } =
    picture;
  const open = [...waiting, ...moved, ...active, ...delayed];
  const placed = [...open, ...succeeded, ...failed];
  const { locks, uniques } = picture;
  const locked = Object.values(locks).flatMap((ids) => ids.filter((id) => id !== null));
  const claimed = Object.values(claims).flat();
  return [
    ...twice(placed).map((id) => `${id} is in two places`),
    ...without(Object.keys(jobs), placed).map((id) => `${id} is nowhere`),
    ...without(placed, Object.keys(jobs)).map((id) => `${id} has no record`),
    ...twice(claimed).map((id) => `${id} is claimed twice`),
    ...without(claimed, active).map((id) => `${id} is claimed and not active`),
    ...without(succeeded, succeededSet).map((id) => `${id} is in succeededOrder only`),
    ...without(succeededSet, succeeded).map((id) => `${id} is not in succeededOrder`),
    ...without(failed, failedSet).map((id) => `${id} is in failedOrder only`),
    ...without(failedSet, failed).map((id) => `${id} is not in failedOrder`),
    ...without(locked, open).map((id) => `${id} has a lock and is over`),
    ...without(locked, Object.keys(uniques)).map((id) => `${id} has a lock that its end does not know of`),
    ...without(Object.keys(uniques), open).map((id) => `${id} is over and still in uniques`),
  ];
}

function twice(ids: readonly string[]): string[] {
  return ids.filter((id, at) => ids.indexOf(id) !== at);
}

function without(ids: readonly string[], others: readonly string[]): string[] {
  return ids.filter((id) => !others.includes(id));
}
