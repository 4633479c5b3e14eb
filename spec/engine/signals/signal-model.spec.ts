import { expect } from 'chai';
import fc from 'fast-check';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import { archiveJob } from '../../../lib/engine/repairs/withdraw.ts';
import type { Taken } from '../../../lib/engine/session/session.ts';
import { readSignals } from '../../../lib/engine/signals/kept-signals.ts';
import { sendSignal } from '../../../lib/engine/signals/send-signal.ts';
import { SignalSweeper } from '../../../lib/engine/signals/signal-sweeper.ts';
import { buryWorkers } from '../../support/burial.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';
import { SignalModel, type SignalName } from '../model/signal-model.ts';

const RUNS = modelRuns(300);
const IDS = ['j0', 'j1', 'j2'] as const;
const LATER_MS = 3_600_000;
const LOSSES = 3;

type End = 'succeeded' | 'failed' | 'retried' | 'retriedLater' | 'snoozed' | 'interrupted';
type Act =
  | {
      do: 'run';
      as: End | readonly SignalName[];
      again: boolean;
      /** A signal that comes while it runs. */
      meanwhile: SignalName | null;
    }
  | { do: 'signal'; at: number; name: SignalName }
  | { do: 'cancel' | 'remove' | 'retry' | 'promote' | 'timeOut' | 'add'; at: number }
  | { do: 'die' }
  | { do: 'sweep' };

const at = fc.nat(IDS.length - 1);
const name = fc.constantFrom('a' as const, 'b' as const);
const waits = fc.constantFrom(['a'] as const, ['b'] as const, ['a', 'b'] as const);
const ends = fc.constantFrom(
  ...(['succeeded', 'failed', 'retried', 'retriedLater', 'snoozed', 'interrupted'] as const),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      as: fc.oneof({ weight: 2, arbitrary: waits }, { weight: 1, arbitrary: ends }),
      again: fc.boolean(),
      meanwhile: fc.option(name),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('signal' as const), at, name }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['cancel', 'remove', 'retry', 'promote', 'timeOut', 'add'] as const)),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ do: 'die' as const }, { do: 'sweep' as const }) },
);

describe('signals and waits beside a model of them', function () {
  this.timeout(240_000);
  const engines: SpecEngine[] = [];

  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  /** Some jobs, and a model of each. */
  class World {
    readonly engine = openEngine();
    readonly models = new Map(IDS.map((id) => [id as string, new SignalModel()]));
    readonly #sweeper = new SignalSweeper();
    #births = 0;

    constructor() {
      engines.push(this.engine);
    }

    modelOf(id: string): SignalModel {
      const model = this.models.get(id);
      if (!model) throw new Error(`there is no job ${id}`);
      return model;
    }

    async add(id: string): Promise<void> {
      this.#births++;
      if (await this.engine.save(id, { timestamp: this.#births, retries: 9 })) this.modelOf(id).added();
    }

    async apply(one: Act): Promise<void> {
      if (one.do === 'run') return this.#run(one);
      if (one.do === 'die') return this.#die();
      if (one.do === 'sweep') return void (await this.#sweeper.sweep(this.engine));
      return this.#change(one);
    }

    async #change(one: Exclude<Act, { do: 'run' | 'die' | 'sweep' }>): Promise<void> {
      const id = IDS[one.at] ?? '';
      const model = this.modelOf(id);
      const { store, client, keys } = this.engine;
      switch (one.do) {
        case 'signal':
          return this.#signal(id, one.name);
        case 'add':
          return this.add(id);
        case 'cancel':
          if ((await archiveJob(this.engine, id, { by: 'ops', at: 1, as: 'cancelled' })).done)
            model.ended('failed');
          return;
        case 'remove':
          if ((await store.remove(id)) !== null) model.removed();
          return;
        case 'retry':
          if ((await store.retry(id, 9)).done) model.retried();
          return;
        case 'promote':
          if ((await store.promote(id)).done) model.due();
          return;
        case 'timeOut':
          await client.zadd(keys.delayed, 'XX', 1, id);
          await store.promoteDue();
          model.due();
          return;
        default:
          one satisfies never;
      }
    }

    async #signal(id: string, signal: SignalName): Promise<void> {
      const json = JSON.stringify(`${signal}${this.#births}`);
      const sent = await sendSignal(this.engine, id, { name: signal, json });
      expect(sent, `signal ${signal} of ${id}`).to.deep.include(this.modelOf(id).signal(signal, json));
    }

    async #run({ as, again, meanwhile }: Act & { do: 'run' }): Promise<void> {
      const session = this.engine.session();
      const [taken] = await take(session, 1);
      if (!taken) return;
      const model = this.modelOf(taken.id);
      model.taken();
      if (meanwhile !== null) await this.#signal(taken.id, meanwhile);
      const waiting = typeof as === 'string' ? null : as;
      const outcome = waiting ? this.#waits(taken, waiting) : OUTCOMES[as as End];
      const attempt = { ...taken, opening: null };
      await settle(session, [attempt, outcome]);
      // As ioredis does when the answer is lost.
      if (again) await settle(session, [attempt, outcome]);
      if (waiting) model.waits(waiting);
      else model.ends(as as End);
    }

    #waits({ record }: Taken, signals: readonly SignalName[]): Outcome {
      const until = Date.now() + LATER_MS;
      const kept = record.options.waits?.until ?? {};
      record.options.waits = {
        until: { ...kept, ...Object.fromEntries(signals.map((one) => [one, [until]])) },
      };
      return { kind: 'snoozed', delayMs: LATER_MS, awaits: { signals, until } };
    }

    async #die(): Promise<void> {
      const [taken] = await take(this.engine.session(), 1);
      await buryWorkers(this.engine.client, this.engine.keys);
      if (!taken) return;
      const model = this.modelOf(taken.id);
      model.died(LOSSES);
    }

    /** Gives each that waits what it waits for, and lets all end. */
    async drain(): Promise<void> {
      for (const id of IDS) {
        const model = this.modelOf(id);
        for (const signal of [...model.awaits]) if (model.state === 'delayed') await this.#signal(id, signal);
        if (model.state === 'delayed') await this.apply({ do: 'promote', at: IDS.indexOf(id) });
      }
      for (const _ of IDS) await this.#run({ do: 'run', as: 'succeeded', again: false, meanwhile: null });
    }

    async check(): Promise<void> {
      for (const [id, model] of this.models) {
        expect(await this.engine.state(id), `the state of ${id}`).to.equal(model.state);
        if (model.state === null) continue;
        const options = await this.engine.options(id);
        if (!options) throw new Error(`job ${id} has no record`);
        if (model.state !== 'succeeded') {
          const { byName } = await readSignals(this.engine, id, options);
          const kept = Object.fromEntries([...byName].map(([one, { json }]) => [one, json]));
          expect(kept, `the signals of ${id}`).to.deep.equal(Object.fromEntries(model.signals));
        }
        if (model.state === 'delayed' && model.awaits.size > 0)
          expect(options.waits?.on, `what ${id} waits for`).to.have.members([...model.awaits]);
      }
      await this.#checkPlaces();
    }

    /** Each job is in one place, and nothing else is anywhere. */
    async #checkPlaces(): Promise<void> {
      const { client, keys } = this.engine;
      const places = await Promise.all([
        client.lrange(keys.waiting, 0, -1),
        client.lrange(keys.active, 0, -1),
        client.zrange(keys.delayed, 0, '-1'),
        client.smembers(keys.succeeded),
        client.smembers(keys.failed),
      ]);
      const there = [...this.models].flatMap(([id, { state }]) => (state === null ? [] : [id]));
      expect(places.flat().sort(), 'where jobs are').to.deep.equal(there);
    }
  }

  const OUTCOMES: Readonly<Record<End, Outcome>> = {
    succeeded: outcomes.succeeded,
    failed: outcomes.failed,
    retried: outcomes.retryIn(0),
    retriedLater: outcomes.retryIn(LATER_MS),
    snoozed: outcomes.snoozed(LATER_MS),
    interrupted: outcomes.interrupted,
  };

  it('lose no signal, wake who waits for one and nobody else, and let nothing get stuck', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 30 }), async (acts) => {
        const world = new World();
        for (const id of IDS) await world.add(id);
        for (const one of acts) {
          await world.apply(one);
          await world.check();
        }
        await world.drain();
        await world.check();
        for (const { state } of world.models.values())
          expect([null, 'succeeded', 'failed'], 'nothing is stuck').to.include(state);
        await world.engine.close();
      }),
      { numRuns: RUNS },
    );
  });
});
