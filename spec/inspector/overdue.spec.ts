import { expect } from 'chai';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';

const LATE_MS = 600_000;
const SLACK_MS = 60_000;

describe('how late a queue is', () => {
  let engine: SpecEngine;
  let now: number;

  beforeEach(async () => {
    engine = openEngine();
    const [seconds] = await engine.client.time();
    now = Number(seconds) * 1_000;
  });
  afterEach(() => engine.close());

  const overdueMs = async (): Promise<number> => {
    const inspector = new Inspector({ client: engine.client });
    return (await inspector.queue(engine.keys.jobs.split(':')[1] ?? '')).overdueMs;
  };

  for (const what of ['delayed', 'groups', 'scheduleTicks'] as const) {
    it(`is told of what no worker saw to in ${what}, though nothing is in waiting`, async () => {
      await engine.client.zadd(engine.keys[what], now - LATE_MS, 'late', now + LATE_MS, 'to come');

      expect(await overdueMs()).to.be.within(LATE_MS, LATE_MS + SLACK_MS);
    });

    it(`is nothing when all of ${what} is yet to come`, async () => {
      await engine.client.zadd(engine.keys[what], now + LATE_MS, 'to come');

      expect(await overdueMs()).to.equal(0);
    });
  }

  it('is that of the latest of them', async () => {
    await engine.client.zadd(engine.keys.groups, now - LATE_MS, 'a');
    await engine.client.zadd(engine.keys.delayed, now - 2 * LATE_MS, 'b');

    expect(await overdueMs()).to.be.within(2 * LATE_MS, 2 * LATE_MS + SLACK_MS);
  });

  it('is nothing for a queue that there never was', async () => {
    expect(await overdueMs()).to.equal(0);
  });
});
