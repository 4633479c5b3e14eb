import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { startProgram } from '../support/process.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { expectNoneLost, takeToll } from './toll.ts';

/** Fewer than the workers keep of the succeeded, so that each end can be counted. */
const MOST_COUNTED = 900;

describe('a producer in trouble', function () {
  this.timeout(60_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });

  afterEach(() => crew.close());

  it('has stored what it acknowledged before it was killed in mid batch, and each job whole', async () => {
    const producer = await startProgram('spec/chaos/producer-process.ts', {
      REDIS_URL: redisUrl(),
      QUEUE_PREFIX: crew.prefix,
    });
    await until(() => producer.stdout.length > 0, 'it has added some jobs', 15_000);
    producer.kill('SIGKILL');
    await producer.exit;
    const ids = producer.stdout.flatMap((line) => line.match(/^added (.+)$/)?.[1] ?? []);

    const stored = await crew.client.hlen(crew.keys.jobs);
    expect(await crew.client.llen(crew.keys.waiting), 'waiting').to.equal(stored);
    const newest = ids.slice(-MOST_COUNTED);
    const worker = await crew.hire({ concurrency: 10 });
    await crew.untilDrained(1);

    await worker.stop();
    expectNoneLost('producer killed in mid batch', await takeToll(crew, newest), 0);
  });
});
