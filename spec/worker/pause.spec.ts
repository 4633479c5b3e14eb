import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;

describe('a paused queue, over several worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  it('gives nobody a job, also who comes later, until it is resumed', async () => {
    const looked = new Set<string>();
    // Before there is any traffic: what comes together with the answer to MONITOR breaks the connection.
    const monitor = await (crew.client as Redis).monitor();
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      if (args[0]?.startsWith('eval') && args.includes(crew.keys.waiting)) looked.add(source);
    });
    await crew.hire();
    await crew.inspector.pause(toil.queue, 'ops');
    await crew.hire();

    const ids = await crew.add(4, 0);
    looked.clear();
    // Each worker looks from a connection of its own.
    await until(() => looked.size >= 2, 'both workers looked for jobs');
    const ranWhilePaused = ids.filter((id) => crew.runsOf(id) > 0);
    const { paused } = await crew.inspector.queue(toil.queue);
    monitor.disconnect();
    await crew.inspector.resume(toil.queue);
    await until(() => ids.every((id) => crew.runsOf(id) === 1), 'all ran after the resume');

    expect(ranWhilePaused).to.deep.equal([]);
    expect(paused).to.include({ by: 'ops' });
  });
});
