import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { startProxy } from '../support/proxy.ts';
import { Gate } from '../support/queues.ts';
import { redisUrl, startRedis } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** Never ends by itself; rejects when told to stop. */
const untilAborted = (_: unknown, { signal }: { signal: AbortSignal }): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('Worker.stop', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  it('settles a handler that ends within its patience', async () => {
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

    const stopped = worker.stop();
    end();
    await stopped;

    expect(await specs.queries().job(id)).to.include({ state: 'succeeded' });
  });

  it('takes nothing any more', async () => {
    let end = (): void => {};
    const handler = specs.handler(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const worker = specs.worker({ handlers: [handler], concurrency: 1 });
    await specs.add('first', 'second', 'third');
    await worker.start();
    await until(() => worker.running === 1, 'it ran');

    const stopped = worker.stop();
    end();
    await stopped;

    expect(await specs.waiting()).to.deep.equal(['second', 'third']);
    expect(await specs.queries().counts()).to.include({ active: 0, succeeded: 1 });
  });

  it('aborts what goes on, and gives it back to the head untouched and in order', async () => {
    const worker = specs.worker({
      handlers: [specs.handler(untilAborted)],
      concurrency: 2,
      shutdownTimeoutMs: 0,
    });
    const interrupted: string[] = [];
    worker.events.on('job:interrupted', ({ id }) => interrupted.push(id));
    const [first = '', second = ''] = await specs.add('first', 'second', 'third');
    const before = await specs.queries().job(first);
    await worker.start();
    await until(() => worker.running === 2, 'two ran');

    await worker.stop();

    expect(await specs.waiting()).to.deep.equal(['first', 'second', 'third']);
    expect(await specs.queries().job(first)).to.deep.equal(before);
    expect(interrupted.sort()).to.deep.equal([first, second]);
  });

  it('settles what returns once it is aborted', async () => {
    const handler = specs.handler((data: unknown, ctx) => untilAborted(data, ctx).catch(() => 'in time'));
    const worker = specs.worker({ handlers: [handler], shutdownTimeoutMs: 0 });
    const [id = ''] = await specs.add(1);
    await worker.start();
    await until(() => worker.running === 1, 'it ran');

    await worker.stop();

    expect((await specs.queries().job(id))?.record.options).to.include({ result: 'in time' });
  });

  it('does not wait for a handler that ignores its signal: its job goes back, and its end changes nothing', async () => {
    const ends: (() => void)[] = [];
    const handler = specs.handler(
      () =>
        new Promise<void>((resolve) => {
          ends.push(resolve);
        }),
    );
    const worker = specs.worker({ handlers: [handler], shutdownTimeoutMs: 0 });
    await specs.add('deaf', 'next');
    await worker.start();
    await until(() => worker.running === 2, 'both ran');

    await worker.stop();
    expect(await specs.waiting()).to.deep.equal(['deaf', 'next']);

    for (const end of ends) end();
    await until(() => worker.running === 0, 'the handlers ended');
    expect(await specs.queries().counts()).to.include({ waiting: 2, active: 0, succeeded: 0 });
  });

  it('leaves no lease behind', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    await specs.add(1);
    await worker.start();
    await until(async () => (await specs.queries().counts()).succeeded === 1, 'it succeeded');

    await worker.stop();

    expect(await specs.client.exists(`bq:${specs.queue}:workers`)).to.equal(0);
  });

  it('leaves no job behind that comes at that moment', async () => {
    for (let round = 1; round <= 10; round++) {
      const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
      await worker.start();
      await specs.add(round);

      await Promise.all([worker.stop(), specs.add(-round)]);

      const { waiting, active, succeeded } = await specs.queries().counts();
      expect({ active, all: waiting + succeeded }).to.deep.equal({ active: 0, all: round * 2 });
    }
  });

  it('is harmless twice, and so is a second start', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    await Promise.all([worker.start(), worker.start()]);
    await specs.add(1);
    await until(async () => (await specs.queries().counts()).succeeded === 1, 'it succeeded');

    await Promise.all([worker.stop(), worker.stop()]);
    await worker.stop();

    expect(worker.running).to.equal(0);
  });

  it('is harmless right after the start, and before it', async () => {
    const [early, never] = [1, 2].map(() => specs.worker({ handlers: [specs.handler(() => 1)] }));

    const starting = early?.start();
    await early?.stop();
    await starting;
    await never?.stop();

    await specs.add(1);
    expect(await specs.waiting()).to.deep.equal([1]);
  });

  it('cannot be undone', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    await worker.stop();

    const failure = await worker.start().then(
      () => null,
      (error) => error,
    );

    expect(failure).to.include({ code: 'QUEUE_CLOSED' });
  });

  it('comes to an end while Redis is away', async () => {
    const redis = await startRedis();
    const there = openWorkers(redis.url);
    const worker = there.worker({ handlers: [there.handler(untilAborted)], shutdownTimeoutMs: 0 });
    await there.add(1);
    await worker.start();
    await until(() => worker.running === 1, 'it ran');
    await redis.kill();

    await worker.stop();

    expect(worker.running).to.equal(0);
    await there.close();
    await redis.stop();
  });

  it('waits as long as its patience lasts for Redis to come back and take what has ended', async () => {
    const redis = await startRedis();
    const there = openWorkers(redis.url);
    const gate = new Gate();
    const worker = there.worker({ handlers: [there.handler(gate.pass)], shutdownTimeoutMs: 60_000 });
    const [id = ''] = await there.add(1);
    await worker.start();
    await until(() => gate.arrived === 1, 'it ran');
    await redis.kill();

    let hasStopped = false;
    const stopped = worker.stop().then(() => {
      hasStopped = true;
    });
    gate.open();
    // Longer than it waits where nothing has ended.
    await until(() => worker.running === 0, 'the handler has ended');
    const since = performance.now();
    await until(() => hasStopped || performance.now() - since > 8_000, 'it goes on to wait');
    expect(hasStopped).to.equal(false);
    await redis.restart();
    await stopped;

    expect(await there.queries().job(id)).to.include({ state: 'succeeded' });
    await there.close();
    await redis.stop();
  });

  it('comes to an end when Redis was away from the start', async () => {
    const redis = await startRedis();
    const there = openWorkers(redis.url);
    const worker = there.worker({ handlers: [there.handler(() => 1)], shutdownTimeoutMs: 0 });
    await redis.kill();
    await worker.start();

    await worker.stop();

    await there.close();
    await redis.stop();
  });

  it('runs no job that an answer brings after it, and gives it back', async () => {
    const proxy = await startProxy(Number(new URL(redisUrl()).port));
    const slow = openWorkers(`redis://127.0.0.1:${proxy.port}`);
    let ran = 0;
    const worker = slow.worker({
      handlers: [specs.handler(() => ran++)],
      queues: [{ name: specs.queue, weight: 1 }],
      shutdownTimeoutMs: 0,
    });
    await specs.add('late');
    proxy.hang(true);
    await worker.start();
    // The worker asks for jobs in the turn after its start.
    await setImmediate();
    await worker.stop();

    proxy.hang(false);

    await until(
      async () => (await specs.client.exists(`bq:${specs.queue}:workers`)) === 1,
      'it was answered',
    );
    await until(async () => (await specs.queries().counts()).active === 0, 'the job is back');
    expect(await specs.waiting()).to.deep.equal(['late']);
    expect(ran).to.equal(0);
    await slow.close();
    await proxy.close();
  });
});
