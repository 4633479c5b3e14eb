import fc from 'fast-check';
import { liftLimits, type QueueLimits, writeLimits } from '../../../lib/engine/limits/limits.ts';
import { namesOfLines } from '../../../lib/engine/limits/lines.ts';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import { runScript } from '../../../lib/engine/scripts.ts';
import type { Session, Taken } from '../../../lib/engine/session/session.ts';
import { outcomes, type SpecEngine, settlementOf } from '../../support/engine.ts';

/** One step of somebody: `by` is a worker, `which` one of the jobs that it holds or, of removal, of all. */
export type LimitedCommand =
  | { act: 'add'; key: string; cost: number; priority: number; front: boolean }
  | { act: 'setPriority'; which: number; priority: number }
  | { act: 'leave' }
  | { act: 'take'; by: number; wanted: number }
  | { act: 'block' }
  | { act: 'pickUp'; by: number; wanted: number }
  | { act: 'end'; by: number; which: number; outcome: Outcome; wanted: number }
  | { act: 'release'; by: number; which: number }
  | { act: 'die'; by: number }
  | { act: 'remove'; which: number }
  | { act: 'limit'; limits: QueueLimits | null };

const WORKERS = 3;
const HOUR_MS = 3_600_000;
const rate = { count: 3, perMs: HOUR_MS };
const LIMITS: (QueueLimits | null)[] = [
  { perKey: { concurrency: 1 } },
  { perKey: { concurrency: 2, rate } },
  { fair: true, rate: { count: 1_000, perMs: 1 } },
  { perKey: { concurrency: 1 }, agingMs: 1 },
  { concurrency: 2 },
  { rate },
  null,
];

const by = fc.nat(WORKERS - 1);
const which = fc.nat(20);
const wanted = fc.nat(4);
const outcome = fc.constantFrom<Outcome>(
  outcomes.succeeded,
  outcomes.failed,
  outcomes.interrupted,
  outcomes.snoozed(HOUR_MS),
  outcomes.retryIn(0),
);
const key = fc.constantFrom('', 'a', 'b', 'with "quotes"');
const priority = fc.oneof({ weight: 3, arbitrary: fc.constant(4) }, fc.nat(9));

/** Sequences of steps; each of several workers may be next at any time. */
export const limitedCommands: fc.Arbitrary<LimitedCommand[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        act: fc.constant('add'),
        key,
        cost: fc.integer({ min: 1, max: 5 }),
        priority,
        front: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
      }),
    },
    { weight: 4, arbitrary: fc.record({ act: fc.constant('take'), by, wanted }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('block') }) },
    {
      weight: 1,
      arbitrary: fc.record({ act: fc.constant('pickUp'), by, wanted: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 4, arbitrary: fc.record({ act: fc.constant('end'), by, which, outcome, wanted }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('release'), by, which }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('die'), by }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('remove'), which }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('setPriority'), which, priority }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('leave') }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('limit'), limits: fc.constantFrom(...LIMITS) }) },
  ) as fc.Arbitrary<LimitedCommand>,
  { minLength: 10, maxLength: 60 },
);

/** A queue whose limits change while several workers serve it, and what must be true of it at any moment. */
export class LimitedQueue {
  readonly #engine: SpecEngine;
  readonly #workers: { session: Session; held: Taken[] }[];
  readonly #alive = new Set<string>();
  #added = 0;

  constructor(engine: SpecEngine) {
    this.#engine = engine;
    this.#workers = Array.from({ length: WORKERS }, () => ({ session: engine.session(), held: [] }));
  }

  /** How many jobs are neither removed nor at their end. */
  get open(): number {
    return this.#alive.size;
  }

  async step(command: LimitedCommand): Promise<void> {
    const { client, keys, store } = this.#engine;
    switch (command.act) {
      case 'add': {
        const id = `job-${this.#added++}`;
        await this.#engine.save(id, {
          ...(command.key !== '' && { key: command.key }),
          ...(command.cost > 1 && { cost: command.cost }),
          ...(command.priority !== 4 && { priority: command.priority }),
          ...(command.front && { front: true }),
        });
        this.#alive.add(id);
        return;
      }
      case 'take':
        return this.#exchange(command.by, [], command.wanted);
      case 'block':
        await client.lmove(keys.waiting, keys.moved, 'RIGHT', 'LEFT');
        return;
      case 'pickUp': {
        const worker = this.#worker(command.by);
        const exchange = await worker.session.pickUp(command.wanted, (takes) => runScript(client, takes));
        worker.held.push(...(exchange?.taken ?? []));
        return;
      }
      case 'end': {
        const job = this.#drop(command.by, command.which);
        return this.#exchange(command.by, job ? [[job, command.outcome]] : [], command.wanted);
      }
      case 'release': {
        const job = this.#drop(command.by, command.which);
        if (job) await this.#worker(command.by).session.release([job.id]);
        return;
      }
      case 'die':
        return this.#die(command.by);
      case 'remove': {
        const id = [...this.#alive][command.which];
        if (id === undefined) return;
        await store.remove(id);
        this.#forget(id);
        return;
      }
      case 'setPriority': {
        const id = [...this.#alive][command.which];
        if (id !== undefined) await store.setPriority(id, { priority: command.priority });
        return;
      }
      case 'leave': {
        const leases = await client.zrange(keys.workers, 0, '-1', 'WITHSCORES');
        await client.del(keys.workers);
        const call = { script: 'put-back', queue: keys, args: { most: 3 } } as const;
        while (await runScript(client, call));
        for (let at = 0; at < leases.length; at += 2)
          await client.zadd(keys.workers, leases[at + 1] ?? '', leases[at] ?? '');
        return;
      }
      case 'limit': {
        const note = { by: 'spec', at: 1 };
        if (command.limits) await writeLimits(client, keys, { limits: command.limits, ...note });
        else await liftLimits(client, keys, note);
      }
    }
  }

  /** Lifts the limits and runs every job to its end; resolves with the names of the keys that limits have left. */
  async finish(): Promise<string[]> {
    const { client, keys, store } = this.#engine;
    await this.step({ act: 'limit', limits: null });
    await this.#worker(0).session.recover({ lossLimit: 1_000, orphanIntervalMs: HOUR_MS });
    for (let round = 0; this.#alive.size > 0 && round < 500; round++) {
      for (const id of await client.zrange(keys.delayed, 0, '-1')) await store.promote(id);
      for (let by = 0; by < WORKERS; by++) {
        const ended = this.#worker(by).held.splice(0);
        await this.#exchange(
          by,
          ended.map((job) => [job, outcomes.succeeded]),
          10,
        );
      }
    }
    // As if the last job of another priority had come long ago.
    await client.hset(keys.meta, 'priorities', 1);
    await this.#exchange(0, [], 1);
    await this.#exchange(0, [], 1);
    const { front, turns, pending, rates, slots, busy, costs, aging, waitingSince } = keys;
    const owned = [front, turns, pending, rates, slots, busy, costs, aging, waitingSince];
    const lines = await client.keys(`${keys.line('')}*`);
    const left = await Promise.all(
      owned.map(async (name) => ((await client.exists(name)) === 1 ? [name] : [])),
    );
    return [...lines, ...left.flat()];
  }

  /** Everything that is not as it has to be. */
  async faults(): Promise<string[]> {
    const { client, keys } = this.#engine;
    const faults: string[] = [];
    const shown = await namesOfLines({ client, keys });
    const lines = await client.keys(`${keys.line('')}*`);
    const places = [
      ...(await Promise.all(
        [keys.waiting, keys.moved, keys.front, keys.active, ...lines].map((list) =>
          client.lrange(list, 0, -1),
        ),
      )),
      await client.zrange(keys.delayed, 0, '-1'),
    ].flat();
    for (const id of this.#alive) {
      const count = places.filter((place) => place === id).length;
      if (count !== 1) faults.push(`${id} is in ${count} places`);
    }
    if (places.length !== this.#alive.size) faults.push(`${places.length} ids for ${this.#alive.size} jobs`);
    for (const line of lines) {
      if (!shown.some((one) => keys.line(one) === line)) faults.push(`${line} stands in no order`);
    }
    const [turns, pending] = await Promise.all([
      client.zrange(keys.turns, 0, '-1'),
      client.zrange(keys.pending, 0, '-1'),
    ]);
    for (const one of turns) if (pending.includes(one)) faults.push(`${one} stands in both orders`);
    const [slots, busy] = await Promise.all([client.hvals(keys.slots), client.hgetall(keys.busy)]);
    const counts: Record<string, string> = {};
    for (const slot of slots) {
      const name = slot.slice(slot.indexOf(':') + 1);
      counts[name] = String(Number(counts[name] ?? 0) + 1);
    }
    if (JSON.stringify(Object.entries(counts).sort()) !== JSON.stringify(Object.entries(busy).sort())) {
      faults.push(`slots say ${JSON.stringify(counts)}, busy says ${JSON.stringify(busy)}`);
    }
    return faults;
  }

  async #exchange(by: number, ended: [Taken, Outcome][], count: number): Promise<void> {
    const worker = this.#worker(by);
    const settlements = ended.map(([job, how]) => settlementOf(job, how));
    const { taken } = await worker.session.exchange(settlements, count);
    for (const [{ id }, { kind }] of ended)
      if (kind === 'succeeded' || kind === 'failed') this.#alive.delete(id);
    worker.held.push(...taken);
  }

  async #die(by: number): Promise<void> {
    const { client, keys } = this.#engine;
    const worker = this.#worker(by);
    await client.zadd(keys.workers, 'XX', 1, worker.session.incarnation);
    await this.#worker((by + 1) % WORKERS).session.recover({ lossLimit: 1_000, orphanIntervalMs: HOUR_MS });
    worker.session.rejoin();
    worker.held.splice(0);
  }

  #drop(by: number, at: number): Taken | undefined {
    const { held } = this.#worker(by);
    return held.splice(at % Math.max(1, held.length), 1)[0];
  }

  #forget(id: string): void {
    this.#alive.delete(id);
    for (const worker of this.#workers) {
      const at = worker.held.findIndex((job) => job.id === id);
      if (at >= 0) worker.held.splice(at, 1);
    }
  }

  #worker(by: number): { session: Session; held: Taken[] } {
    const worker = this.#workers[by];
    if (!worker) throw new Error(`there is no worker ${by}`);
    return worker;
  }
}
