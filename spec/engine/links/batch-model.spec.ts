import { expect } from 'chai';
import fc from 'fast-check';
import type { BatchRule } from '../../../lib/engine/links/batch.ts';
import { BatchSweeper } from '../../../lib/engine/links/batch-sweeper.ts';
import { archiveJob } from '../../../lib/engine/repairs/withdraw.ts';
import { addBatch, batchOf } from '../../support/batch.ts';
import { openEngine, outcomes, type SpecEngine, settle, take } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';

const MEMBERS = ['a', 'b', 'c', 'd'];
const RUNS = modelRuns(80);

type Act =
  | { do: 'run'; as: 'succeeded' | 'failed' | 'retried' | 'interrupted'; again: boolean }
  | { do: 'retry' | 'remove' | 'archive'; member: string }
  | { do: 'sweep' };

const member = fc.constantFrom(...MEMBERS);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      as: fc.constantFrom(
        'succeeded' as const,
        'failed' as const,
        'retried' as const,
        'interrupted' as const,
      ),
      again: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('retry' as const), member }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), member }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('archive' as const), member }) },
  { weight: 1, arbitrary: fc.constant({ do: 'sweep' as const }) },
);

/** What each member is, and whether the last job has come: what the counts should say. */
class BatchModel {
  readonly members = new Map(
    MEMBERS.map((id) => [id, 'pending' as 'pending' | 'succeeded' | 'failed' | 'gone']),
  );
  readonly #when: BatchRule;
  hasConcluded = false;

  constructor(when: BatchRule) {
    this.#when = when;
  }

  move(id: string, to: 'pending' | 'succeeded' | 'failed' | 'gone'): void {
    this.members.set(id, to);
    const isComplete =
      this.#when === 'ended' ? this.#count('pending') === 0 : this.#count('succeeded') === MEMBERS.length;
    this.hasConcluded ||= isComplete;
  }

  get counts() {
    return {
      pending: this.#count('pending'),
      succeeded: this.#count('succeeded'),
      failed: this.#count('failed') + this.#count('gone'),
      retryable: this.#count('failed'),
    };
  }

  #count(state: string): number {
    return [...this.members.values()].filter((one) => one === state).length;
  }
}

describe('a batch beside a model of it', function () {
  this.timeout(120_000);
  const engines: SpecEngine[] = [];

  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  const run = async (engine: SpecEngine, model: BatchModel, { as, again }: Act & { do: 'run' }) => {
    const session = engine.session();
    const [taken] = await take(session, 1);
    if (!taken) return;
    const outcome = {
      succeeded: outcomes.succeeded,
      failed: outcomes.failed,
      retried: outcomes.retryIn(0),
      interrupted: outcomes.interrupted,
    }[as];
    await settle(session, [taken, outcome]);
    // As ioredis does when the answer is lost.
    if (again) await settle(session, [taken, outcome]);
    if (taken.id !== 'last' && (as === 'succeeded' || as === 'failed')) model.move(taken.id, as);
  };

  const apply = async (engine: SpecEngine, model: BatchModel, one: Act) => {
    if (one.do === 'run') return run(engine, model, one);
    if (one.do === 'sweep') return new BatchSweeper().sweep(engine);
    const state = model.members.get(one.member);
    if (one.do === 'retry' && (await engine.store.retry(one.member, 0)).done)
      model.move(one.member, 'pending');
    if (one.do === 'archive' && (await archiveJob(engine, one.member, { by: 'ops', at: 1 })).done)
      model.move(one.member, 'failed');
    if (one.do === 'remove' && (await engine.store.remove(one.member)) !== null && state !== 'succeeded')
      model.move(one.member, 'gone');
    return undefined;
  };

  for (const when of ['succeeded', 'ended'] as const) {
    it(`counts right whatever happens in whatever order, when all are to have ${when}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 25 }), async (acts) => {
          const engine = openEngine();
          engines.push(engine);
          const model = new BatchModel(when);
          await addBatch(engine, { members: MEMBERS, when });
          for (const one of acts) {
            await apply(engine, model, one);
            expect(await batchOf(engine)).to.include(model.counts);
            const isThere = (await engine.client.hexists(engine.keys.jobs, 'last')) === 1;
            expect(isThere, 'the last job is there').to.equal(model.hasConcluded);
          }
          await engine.close();
        }),
        { numRuns: RUNS },
      );
    });
  }
});
