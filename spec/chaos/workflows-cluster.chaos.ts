import { expect } from 'chai';
import { queueKeys } from '../../lib/engine/keys.ts';
import { end, type SpecFailoverCluster, startFailoverCluster } from '../support/cluster.ts';
import { LinkedCrew } from '../support/linked-crew.ts';
import { APART_QUEUES, apartJobs } from '../support/linked-jobs.ts';
import { until } from '../support/wait.ts';
import { insist, lasts } from './insist.ts';
import { Layers } from './layers.ts';
import { NestedLayers } from './nested-layers.ts';

const STEPS = 300;
const STEP_MS = 500;
const KILL_EVERY_MS = 3_000;
const WORKERS = 4;
/** A machine that starts them slowly kills less often: nobody would be left. */
const LEAST_WORKERS = 2;
/** After so many kills of workers, the primary of a queue is killed. */
const PRIMARY_AFTER = 2;
/** By themselves in the graph, or in parts that are nested three deep. */
const SHAPES = {
  'of steps': { layers: new Layers(STEPS, apartJobs, STEP_MS), parts: 0 },
  'of parts in parts': nested(),
};

function nested() {
  const layers = new NestedLayers(STEPS / 50, apartJobs, STEP_MS);
  return { layers, parts: layers.parts };
}

describe('a workflow over the three nodes of a cluster', function () {
  this.timeout(900_000);
  let cluster: SpecFailoverCluster;
  let crew: LinkedCrew;

  beforeEach(async () => {
    cluster = await startFailoverCluster();
    crew = new LinkedCrew(cluster.url, { apart: true });
  });
  afterEach(async () => {
    await crew.close();
    await cluster.stop();
  });

  const cases = Object.entries(SHAPES).flatMap(([shape, made]) =>
    ['that keeps it', 'of its other steps'].map((whose, place) => ({ ...made, shape, whose, place })),
  );
  for (const { layers, parts, shape, whose, place } of cases) {
    it(`${shape} is complete, each effect done once, when workers and the primary ${whose} are killed`, async () => {
      for (let at = 0; at < WORKERS; at++) await crew.hire();
      const { id, queue } = await crew.producer.addWorkflow(layers.describe);
      const flowNow = () => insist(() => crew.inspector.workflows.get(queue, id));
      let isOver = false;
      let kills = 0;
      const hired: Promise<unknown>[] = [];
      const killing = (async () => {
        while (!isOver) {
          await lasts(KILL_EVERY_MS);
          if (!crew.killOldest({ leaving: LEAST_WORKERS })) continue;
          if (kills++ === PRIMARY_AFTER) await end(await cluster.masterOf(`{${APART_QUEUES[place]}}`));
          // Starting takes longer while a primary is away, and the next kill does not wait for it.
          hired.push(crew.hire().catch(() => undefined));
        }
      })();

      await until(
        async () => {
          const flow = await flowNow();
          // What killed three workers by chance has failed as lost; an operator offers it again.
          if (flow?.state === 'failed') await insist(() => crew.inspector.workflows.retry(queue, id));
          return flow?.state === 'succeeded';
        },
        'the workflow is over',
        880_000,
      );
      isOver = true;
      await killing;
      await Promise.all(hired);

      const flow = await flowNow();
      expect([flow?.steps.length, flow?.open, flow?.failed]).to.deep.equal([STEPS, 0, 0]);
      const ends = (flow?.workflows ?? []).map(({ state }) => state);
      expect(ends, 'how the parts have ended').to.deep.equal(Array(parts).fill('succeeded'));
      expect(kills, 'a primary was killed, and workers before and after').to.be.above(PRIMARY_AFTER + 1);
      const lines = crew.workers.flatMap(({ stdout }) => stdout);
      const began = lines.filter((line) => line.startsWith('began ')).length;
      const effects = lines.filter((line) => line.startsWith('effect ')).length;
      console.log(
        `      ${STEPS} steps, ${parts} parts, ${kills} workers and a primary killed: ${began} attempts, ${effects} effects`,
      );
      layers.expectEffects(lines);
      layers.expectResults(lines);
      for (const name of APART_QUEUES) {
        const keys = queueKeys(crew.prefix, name, true);
        expect(await crew.client.exists(keys.steps), `nothing is left of it in ${name}`).to.equal(0);
      }
    });
  }
});
