import { expect } from 'chai';
import { LinkedCrew } from '../support/linked-crew.ts';
import { linkedJobs } from '../support/linked-jobs.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { lasts } from './insist.ts';
import { Layers } from './layers.ts';

const STEPS = 1_000;
const KILL_EVERY_MS = 3_000;
const WORKERS = 4;
const STEP_MS = 150;
const layers = new Layers(STEPS, linkedJobs, STEP_MS);

describe('a workflow of 1,000 steps', function () {
  this.timeout(900_000);
  let crew: LinkedCrew;

  beforeEach(() => {
    crew = new LinkedCrew(redisUrl());
  });
  afterEach(() => crew.close());

  it('is complete, each effect done once and each result there, when workers are killed every 3 s', async () => {
    for (let at = 0; at < WORKERS; at++) await crew.hire();
    const { id, queue } = await crew.producer.addWorkflow(layers.describe);
    const flowNow = () => crew.inspector.workflows.get(queue, id);
    let isOver = false;
    let kills = 0;
    const killing = (async () => {
      while (!isOver) {
        await lasts(KILL_EVERY_MS);
        if (crew.killOldest()) kills++;
        await crew.hire();
      }
    })();

    await until(
      async () => {
        const flow = await flowNow();
        // What killed three workers by chance has failed as lost; an operator offers it again.
        if (flow?.state === 'failed') await crew.inspector.workflows.retry(queue, id);
        return flow?.state === 'succeeded';
      },
      'the workflow is over',
      880_000,
    );
    isOver = true;
    await killing;

    const flow = await flowNow();
    expect(flow).to.include({ total: STEPS, open: 0, failed: 0 });
    expect(kills, 'workers were killed').to.be.above(2);
    const lines = crew.workers.flatMap(({ stdout }) => stdout);
    layers.expectEffects(lines);
    layers.expectResults(lines);
    expect(await crew.countedSuccesses()).to.equal(STEPS);
    expect(await crew.client.keys(`${crew.prefix}:*:steps`)).to.deep.equal([]);
  });
});
