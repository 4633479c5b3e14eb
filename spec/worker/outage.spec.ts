import { expect } from 'chai';
import { type SpecRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const JOBS = Array.from({ length: 500 }, (_, at) => at);
/** What was lost on the wire comes back by the leases and the orphans, in seconds. */
const HEALED_MS = 30_000;

describe('a worker whose Redis goes away', () => {
  let redis: SpecRedis;
  let specs: SpecWorkers;
  let ran: Map<number, number>;

  beforeEach(async () => {
    redis = await startRedis();
    specs = openWorkers(redis.url);
    // By default a killed Redis may forget what it has answered just before.
    await specs.client.config('SET', 'appendfsync', 'always');
    ran = new Map();
  });
  afterEach(async () => {
    await specs.close();
    await redis.stop();
  });

  const count = async (at: number): Promise<void> => {
    ran.set(at, (ran.get(at) ?? 0) + 1);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const allSucceeded = async (): Promise<boolean> => {
    const { succeeded, waiting, active } = await specs.queries().counts();
    return succeeded === JOBS.length && waiting + active === 0;
  };

  it('goes on after Redis was killed and has come back, and loses no job', async () => {
    const worker = specs.worker({ handlers: [specs.handler(count)] });
    await specs.add(...JOBS);
    await worker.start();
    await until(() => ran.size > 50, 'it was under way');

    await redis.kill();
    await redis.restart();

    await until(allSucceeded, 'all succeeded', HEALED_MS);
    expect([...ran.keys()].sort((one, other) => one - other)).to.deep.equal(JOBS);
  }).timeout(HEALED_MS + 10_000);

  it('goes on after Redis was restarted in order while it waited', async () => {
    const worker = specs.worker({ handlers: [specs.handler(count)] });
    await worker.start();
    await specs.add(-1);
    await until(() => ran.size === 1, 'it waits again');

    await redis.restart();
    await specs.add(-2);

    await until(() => ran.size === 2, 'it ran the second', HEALED_MS);
  }).timeout(HEALED_MS + 10_000);

  it('settles what ended while Redis was away', async () => {
    let end = (): void => {};
    const handler = specs.handler(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const worker = specs.worker({ handlers: [handler] });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(() => worker.running === 1, 'it ran');
    await redis.kill();
    end();
    await until(() => worker.running === 0, 'it ended');

    await redis.restart();

    await until(
      async () => (await specs.queries().job(id))?.state === 'succeeded',
      'it is settled',
      HEALED_MS,
    );
    expect((await specs.queries().job(id))?.record.options.run?.[0]).to.equal(1);
  }).timeout(HEALED_MS + 10_000);

  it('starts while Redis is away, and works when it comes', async () => {
    await specs.add(...JOBS);
    await redis.kill();
    const worker = specs.worker({ handlers: [specs.handler(count)] });

    await worker.start();
    await redis.restart();

    await until(allSucceeded, 'all succeeded', HEALED_MS);
  }).timeout(HEALED_MS + 10_000);

  it('does not mind that Redis forgets its scripts', async () => {
    const worker = specs.worker({ handlers: [specs.handler(count)] });
    await specs.add(...JOBS);
    await worker.start();
    await until(() => ran.size > 50, 'it was under way');

    await specs.client.script('FLUSH');

    await until(allSucceeded, 'all succeeded');
    expect([...ran.values()].every((times) => times === 1)).to.equal(true);
  });
});
