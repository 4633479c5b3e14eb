import { expect } from 'chai';
import fc from 'fast-check';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';
import { graph } from '../model/described-workflow.ts';
import { act } from '../model/workflow-acts.ts';
import { WorkflowWorld } from '../model/workflow-world.ts';

const RUNS = modelRuns(150);

describe('a workflow beside a model of it', function () {
  this.timeout(240_000);
  const engines: SpecEngine[] = [];

  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  for (const policy of ['continue', 'stop'] as const) {
    it(`keeps every rule whatever happens in whatever order: ${policy}`, async () => {
      await fc.assert(
        fc.asyncProperty(graph, fc.array(act, { minLength: 1, maxLength: 20 }), async (steps, acts) => {
          const place = { engines: [openEngine(), openEngine()] } as const;
          engines.push(...place.engines);
          const world = new WorkflowWorld(steps, policy, place);
          await world.add();
          await world.check();
          for (const one of acts) {
            await world.apply(one);
            await world.check();
          }
          await world.drain();
          await world.check();
          expect(world.model.open, 'nothing is stuck').to.equal(0);
          await Promise.all(world.engines.map((engine) => engine.close()));
        }),
        { numRuns: RUNS },
      );
    });
  }
});
