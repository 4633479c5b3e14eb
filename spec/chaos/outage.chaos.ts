import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { expectNoneLost, takeToll } from './toll.ts';
import { lasts, startTraffic } from './traffic.ts';

const CONCURRENCY = 5;
const WORKERS = 3;
const TIMES = 3;
/** Long enough that some end while Redis is away and are settled after. */
const JOB_MS = 1_500;

/** Nobody dies in these, so nothing may be repeated and nothing may be lost, however long Redis is away. */
describe('an outage in which no worker dies', function () {
  this.timeout(400_000);
  let redis: SpecRedis;
  let crew: Crew;

  beforeEach(async () => {
    redis = await startRedis();
    crew = new Crew(redis.url);
    await crew.client.config('SET', 'appendfsync', 'always');
  });

  afterEach(async () => {
    redis.resume();
    await crew.close();
    await redis.stop();
  });

  async function through(scenario: string, outage: () => Promise<void>): Promise<void> {
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, () => crew.hire({ concurrency: CONCURRENCY })),
    );
    const traffic = startTraffic(crew, { everyMs: 400, forMs: JOB_MS });
    for (let time = 0; time < TIMES; time++) {
      await lasts(3_000);
      await outage();
    }
    await lasts(3_000);
    const ids = await traffic.end();
    await crew.untilDrained(WORKERS, 120_000);
    await Promise.all(workers.map((worker) => worker.stop()));
    const { failed } = (await crew.inspector.queue(toil.queue)).counts;
    expectNoneLost(`${scenario}, ${TIMES} times`, await takeToll(crew, ids), 0);
    expect(failed, 'failed').to.equal(0);
  }

  for (const seconds of [8, 12, 20]) {
    it(`repeats nothing when Redis is killed and away for ${seconds} s`, () =>
      through(`Redis killed and away for ${seconds} s`, async () => {
        await redis.kill();
        await lasts(seconds * 1_000);
        await redis.restart();
      }));

    it(`repeats nothing when Redis hangs for ${seconds} s`, () =>
      through(`Redis hung for ${seconds} s`, async () => {
        redis.pause();
        await lasts(seconds * 1_000);
        redis.resume();
      }));
  }

  for (const seconds of [20, 60]) {
    it(`repeats nothing when Redis is full for ${seconds} s`, () =>
      through(`Redis full for ${seconds} s`, async () => {
        await crew.client.config('SET', 'maxmemory', '1');
        await lasts(seconds * 1_000);
        await crew.client.config('SET', 'maxmemory', '0');
      }));
  }

  it('works off while Redis is full what was there before, also by a worker that starts then', async () => {
    const ids = await crew.add(60, 200);
    await crew.client.config('SET', 'maxmemory', '1');

    const workers = await Promise.all([crew.hire({ concurrency: 5 }), crew.hire({ concurrency: 5 })]);
    await crew.untilDrained(2, 30_000);

    await Promise.all(workers.map((worker) => worker.stop()));
    expectNoneLost('Redis full from before the start', await takeToll(crew, ids), 0);
  });
});
