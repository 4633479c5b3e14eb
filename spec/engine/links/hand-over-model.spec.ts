import { expect } from 'chai';
import fc from 'fast-check';
import { type SpecCluster, startCluster } from '../../support/cluster.ts';
import { CutHandOvers } from '../../support/cut-hand-overs.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { modelRuns } from '../../support/model-runs.ts';
import { graph } from '../model/described-workflow.ts';
import { act } from '../model/workflow-acts.ts';
import { WorkflowWorld } from '../model/workflow-world.ts';

const RUNS = modelRuns(100);
const choices = fc.array(fc.nat(11), { minLength: 8, maxLength: 40 });

describe('a workflow over two slots beside a model of it', function () {
  this.timeout(240_000);
  const engines: SpecEngine[] = [];
  let cluster: SpecCluster;

  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());
  afterEach(() => Promise.all(engines.splice(0).map((engine) => engine.close())));

  const open = () => {
    const opened = [openEngine(cluster.url), openEngine(cluster.url)] as const;
    engines.push(...opened);
    return opened;
  };

  for (const policy of ['continue', 'stop'] as const) {
    it(`keeps every rule wherever what is handed over is cut, done again or late: ${policy}`, async () => {
      let again = 0;
      await fc.assert(
        fc.asyncProperty(
          graph,
          fc.array(act, { minLength: 1, maxLength: 20 }),
          choices,
          async (steps, acts, chosen) => {
            const opened = open();
            const cut = new CutHandOvers(
              opened[0].client,
              opened.map(({ keys }) => keys),
              chosen,
            );
            const world = new WorkflowWorld(steps, policy, { engines: opened, settled: () => cut.all() });
            await world.add();
            await world.check();
            for (const one of acts) {
              await world.apply(one);
              await world.check();
            }
            await world.drain();
            await world.check();
            expect(world.model.open, 'nothing is stuck').to.equal(0);
            again += cut.again;
            await Promise.all(opened.map((engine) => engine.close()));
          },
        ),
        { numRuns: RUNS },
      );
      expect(again, 'some of it was done again').to.be.above(0);
    });
  }
});
