import { expect } from 'chai';
import { openEngine, type SpecEngine, take } from '../support/engine.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('ctx.fencingNumber', () => {
  let workers: SpecWorkers;

  beforeEach(() => {
    workers = openWorkers();
  });
  afterEach(() => workers.close());

  it('is the same for the whole attempt, and greater for the next', async () => {
    const seen: number[][] = [];
    const handler = workers.handler(async (_data, ctx) => {
      seen.push(await Promise.all([ctx.fencingNumber(), ctx.fencingNumber()]));
      if (seen.length === 1) throw new Error('once more');
    });
    await workers.worker({ handlers: [handler] }).start();
    const [id = ''] = await workers.add({});
    await until(() => seen.length === 1, 'it ran');
    await until(async () => (await workers.store().retry(id, 0)).done, 'it was retried');

    await until(() => seen.length === 2, 'it ran again');

    const [[first = 0, same] = [], [second = 0] = []] = seen;
    expect(same).to.equal(first);
    expect(second).to.be.above(first);
  });

  it('is refused to a handler that has lost its claim', async () => {
    const thrown: unknown[] = [];
    const handler = workers.handler(async (_data, ctx) => {
      await workers.store().remove(ctx.id);
      await ctx.fencingNumber().catch((error: unknown) => thrown.push(error));
    });
    await workers.worker({ handlers: [handler] }).start();

    await workers.add({});

    await until(() => thrown.length === 1, 'it was refused');
    expect(thrown[0]).to.include({ code: 'JOB_LOST' });
  });

  it('leaves nothing in Redis where no handler asks for one', async () => {
    const handler = workers.handler(() => 1);
    await workers.worker({ handlers: [handler] }).start();

    await workers.add({});

    await until(async () => (await workers.queries().counts()).succeeded === 1, 'it has ended');
    expect(await workers.client.exists(`bq:${workers.queue}:meta`)).to.equal(0);
  });
});

describe('the fencing numbers of a queue', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  it('grow with every claim, whichever worker has it', async () => {
    await engine.add('a', 'b');
    const [one, other] = [engine.session(), engine.session()];
    await take(one, 1);
    await take(other, 1);

    const numbers = [
      await one.fencingNumber('a'),
      await other.fencingNumber('b'),
      await one.fencingNumber('a'),
    ];

    expect(numbers).to.deep.equal([...numbers].sort((a, b) => Number(a) - Number(b)));
    expect(new Set(numbers).size).to.equal(3);
  });

  it('are none for who does not hold the job', async () => {
    await engine.add('a');
    const [one, other] = [engine.session(), engine.session()];
    await take(one, 1);
    await one.release(['a']);
    await take(other, 1);

    expect(await one.fencingNumber('a')).to.equal(null);
  });

  it('go on growing when the last one is forgotten, and when the clock is behind it', async () => {
    await engine.add('a');
    const session = engine.session();
    await take(session, 1);
    const first = (await session.fencingNumber('a')) ?? 0;

    await engine.client.del(engine.keys.meta);
    const second = (await session.fencingNumber('a')) ?? 0;
    await engine.client.hset(engine.keys.meta, 'fence', String(second + 1_000_000_000));
    const third = (await session.fencingNumber('a')) ?? 0;

    expect(second).to.be.above(first);
    expect(third).to.equal(second + 1_000_000_001);
    expect(Number.isSafeInteger(third)).to.equal(true);
  });
});
