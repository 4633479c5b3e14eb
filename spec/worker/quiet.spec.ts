import { expect } from 'chai';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

describe('Worker.quiet', () => {
  let specs: SpecWorkers;
  /** Ends the job that runs. */
  let end: () => void;

  beforeEach(() => {
    specs = openWorkers();
    end = () => undefined;
  });
  afterEach(async () => {
    end();
    await specs.close();
  });

  const held = () =>
    specs.handler(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );

  it('takes no more jobs, and lets the running one end and be settled', async () => {
    const worker = specs.worker({ handlers: [held()], concurrency: 1 });
    const [id = ''] = await specs.add('first', 'second');
    await worker.start();
    await until(() => worker.running === 1, 'the first runs');

    await worker.quiet();
    end();

    await until(async () => (await specs.queries().counts()).succeeded === 1, 'the first is settled');
    expect(await specs.queries().job(id)).to.include({ state: 'succeeded' });
    expect(await specs.waiting()).to.deep.equal(['second']);
  });

  it('ends the wait for a job in an empty queue', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)] });
    const other = specs.worker({ handlers: [specs.handler(() => 2)] });
    await worker.start();
    await until(
      async () => (await specs.client.exists(`bq:${specs.queue}:workers`)) === 1,
      'it has looked for jobs',
    );

    await worker.quiet();
    const [id = ''] = await specs.add('late');
    await other.start();

    await until(async () => (await specs.queries().counts()).succeeded === 1, 'the other one has run it');
    expect((await specs.queries().job(id))?.record.options.result).to.equal(2);
  });

  it('gives back in order what was read ahead', async () => {
    const all = Array.from({ length: 3_000 }, (_, at) => at);
    const ran: number[] = [];
    const quick = specs.handler(async (data: number) => {
      await null;
      ran.push(data);
    });
    const worker = specs.worker({ handlers: [quick], concurrency: 1 });
    await specs.add(...all);
    await worker.start();
    await until(() => ran.length > 2_300, 'it is in full swing');

    await worker.quiet();

    await until(async () => (await specs.queries().counts()).active === 0, 'what ran is settled');
    expect(ran.concat((await specs.waiting()) as number[])).to.deep.equal(all);
    expect(ran.length).to.be.below(all.length);
  });

  it('goes on moving due jobs to waiting, and keeping its lease', async () => {
    const worker = specs.worker({ handlers: [held()], concurrency: 1 });
    const lease = (): Promise<string[]> =>
      specs.client.zrange(`bq:${specs.queue}:workers`, 0, '0', 'WITHSCORES');
    await specs.add('running');
    await worker.start();
    await until(() => worker.running === 1, 'it runs');

    await worker.quiet();
    const before = await lease();
    await specs.producer.addRaw({ type: 'job', queue: specs.queue, data: 'due', options: { delayMs: 50 } });

    await until(async () => (await specs.waiting()).length === 1, 'the job is due');
    const isRenewed = async (): Promise<boolean> => {
      const [name, endsAt] = await lease();
      return name === before[0] && Number(endsAt) > Number(before[1]);
    };
    await until(isRenewed, 'the lease was renewed');
    expect(await specs.waiting()).to.deep.equal(['due']);
  });

  it('is no hindrance to stop, nor to being asked for twice or before the start', async () => {
    const worker = specs.worker({ handlers: [held()], concurrency: 1 });
    const [id = ''] = await specs.add('first', 'second');
    await worker.quiet();
    await worker.start();
    await until(() => worker.running === 1, 'the first runs');

    await Promise.all([worker.quiet(), worker.quiet()]);
    const stopped = worker.stop();
    end();
    await stopped;

    expect(await specs.queries().job(id)).to.include({ state: 'succeeded' });
    expect(await specs.client.exists(`bq:${specs.queue}:workers`)).to.equal(0);
    expect(await specs.waiting()).to.deep.equal(['second']);
  });
});
