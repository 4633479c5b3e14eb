import { expect } from 'chai';
import fc from 'fast-check';
import { systemClock } from '../../../lib/clock.ts';
import type { LinkedJob } from '../../../lib/engine/record/links.ts';
import { newJob, recordEnding } from '../../../lib/engine/record/new-job.ts';
import { cancelJob } from '../../../lib/engine/repairs/cancel.ts';
import { readHolder } from '../../../lib/engine/unique/unique-holder.ts';
import { buryWorkers } from '../../support/burial.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';

const KEYS = ['k0', 'k1', 'k2'] as const;
const key = fc.constantFrom(...KEYS);
const as = fc.constantFrom(
  'succeeded' as const,
  'succeeded' as const,
  'failed' as const,
  'interrupted' as const,
);

const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      as,
      again: fc.boolean(),
      follows: fc.array(key, { maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('die' as const), follows: fc.array(key, { maxLength: 2 }) }),
  },
);

describe('follow-ups under unique keys beside a model of them', function () {
  this.timeout(240_000);

  it('are each stored once or refused to the one that holds the key, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 25 }), async (acts) => {
        const world = new World();
        await world.engine.add('first', 'second', 'third');
        for (const one of acts) {
          if (one.do === 'run') await world.run(one);
          else if (one.do === 'cancel') await world.cancel(one.key);
          else await world.die(one.follows);
          await world.check();
        }
        await world.engine.close();
      }),
      { numRuns: modelRuns(150) },
    );
  });
});

/** A queue, and what should be in it: who holds which key, and which follow-ups are stored. */
class World {
  readonly engine: SpecEngine = openEngine();
  readonly #holders = new Map<string, string>();
  readonly #keyOf = new Map<string, string>();
  readonly #refused: string[] = [];
  #made = 0;

  async run({
    as: how,
    again,
    follows,
  }: {
    as: 'succeeded' | 'failed' | 'interrupted';
    again: boolean;
    follows: readonly string[];
  }): Promise<void> {
    const session = this.engine.session();
    const [taken] = await take(session, 1);
    if (!taken) return;
    const jobs = follows.map((one) => this.#follow(one));
    const outcome =
      how === 'succeeded' ? { ...outcomes.succeeded, follows: jobs, spawns: [] } : outcomes[how];
    await settle(session, [taken, outcome]);
    // As ioredis does when the answer is lost.
    if (again) await settle(session, [taken, outcome]);
    if (how !== 'interrupted') this.#letGo(taken.id);
    for (const { job, unique } of how === 'succeeded' ? jobs : []) {
      const own = unique?.key ?? '';
      if (this.#holders.has(own)) {
        this.#refused.push(job.id);
        continue;
      }
      this.#holders.set(own, job.id);
      this.#keyOf.set(job.id, own);
    }
  }

  /** An attempt that dies takes what it would have added with it. */
  async die(follows: readonly string[]): Promise<void> {
    const [taken] = await take(this.engine.session(), 1);
    for (const one of follows) this.#refused.push(this.#follow(one).job.id);
    await buryWorkers(this.engine.client, this.engine.keys);
    // After the third loss.
    if (taken && (await this.engine.state(taken.id)) === 'failed') this.#letGo(taken.id);
  }

  async cancel(one: string): Promise<void> {
    const id = this.#holders.get(one);
    if (id === undefined) return;
    const { done } = await cancelJob(this.engine, id, { by: 'ops', at: 1 });
    if (done) this.#letGo(id);
  }

  async check(): Promise<void> {
    for (const one of KEYS) {
      const holder = await readHolder(this.engine, one);
      expect(holder?.holderId ?? null, `who holds ${one}`).to.equal(this.#holders.get(one) ?? null);
    }
    for (const id of this.#keyOf.keys())
      expect(await this.engine.state(id), `${id} is stored`).not.to.equal(null);
    for (const id of this.#refused) expect(await this.engine.state(id), `${id} is nowhere`).to.equal(null);
    const waiting = await this.engine.waiting();
    expect(new Set(waiting).size, 'none is there twice').to.equal(waiting.length);
  }

  #follow(one: string): LinkedJob {
    const unique = { key: one, ttlMs: null, onConflict: 'return', release: 'end' } as const;
    const ending = recordEnding({ timestamp: 1, unique: { key: one } });
    const job = newJob(systemClock, { id: `f${this.#made++}`, data: 1, ending, start: null });
    return { queue: this.engine.keys.queue, job, unique };
  }

  #letGo(id: string): void {
    const own = this.#keyOf.get(id);
    if (own !== undefined && this.#holders.get(own) === id) this.#holders.delete(own);
  }
}
