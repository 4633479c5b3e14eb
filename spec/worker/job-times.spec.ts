import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { RetryLater } from '../../lib/errors.ts';
import { Inspector, type JobTimes } from '../../lib/inspector/inspector.ts';
import { recordingLog } from '../support/log.ts';
import { untilNoneOpen } from '../support/none-open.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** A clock for which a minute is over at once. */
const hasty: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms > 50_000 ? 5 : ms, signal),
};

describe('the times of the jobs of a worker', () => {
  let specs: SpecWorkers;

  beforeEach(() => {
    specs = openWorkers();
  });
  afterEach(() => specs.close());

  const times = (type?: string): Promise<JobTimes> =>
    new Inspector({ client: specs.client }).times(specs.queue, { type });
  const open = async (): Promise<number> => {
    const { waiting, active, delayed } = await specs.queries().counts();
    return waiting + active + delayed;
  };

  it('are kept when it stops, with how each ended', async () => {
    const worker = specs.worker({
      appVersion: 'v7',
      handlers: [
        specs.handler((data: string) => {
          if (data === 'fails') throw new Error('no');
        }),
      ],
    });
    await specs.add('a', 'b', 'fails');
    await specs.producer.addRaw({ type: 'strange', queue: specs.queue, data: 1 });
    await worker.start();
    await untilNoneOpen(open);

    await worker.stop();

    expect(await times()).to.include({ succeeded: 2, failed: 2, retried: 0 });
    expect(await times('job')).to.include({ succeeded: 2, failed: 1, isOwn: true });
    const { types, versions, waiting, duration, total } = await times();
    expect(types.map(({ type }) => type)).to.deep.equal(['job', 'strange']);
    expect([waiting.count, duration.count, total.count]).to.deep.equal([4, 4, 4]);
    expect(versions.map(({ version, failed }) => [version, failed])).to.deep.equal([['v7', 2]]);
  });

  it('are kept once a minute while it runs', async () => {
    const worker = specs.worker({ handlers: [specs.handler(() => 1)], clock: hasty });
    await specs.add(1, 2);

    await worker.start();

    await until(async () => (await times()).succeeded === 2, 'both are counted');
    expect((await times()).versions).to.deep.equal([]);
  });

  it('leave out what was put off, and count the wait of the first attempt alone', async () => {
    let runs = 0;
    const handler = specs.handler(() => {
      runs++;
      if (runs === 1) throw new RetryLater(0);
      if (runs === 2) throw new Error('again');
    });
    const worker = specs.worker({ handlers: [handler] });
    await specs.producer.addRaw({
      type: 'job',
      queue: specs.queue,
      data: 1,
      options: { retries: 1, backoff: { type: 'fixed', delayMs: 1 } },
    });
    await worker.start();
    await until(() => runs === 3, 'it ran as often as it may');
    await untilNoneOpen(open);

    await worker.stop();

    const { succeeded, retried, waiting, duration, total } = await times();
    expect({
      succeeded,
      retried,
      waits: waiting.count,
      runs: duration.count,
      totals: total.count,
    }).to.deep.equal({
      ...{ succeeded: 1, retried: 1, waits: 1, runs: 2, totals: 1 },
    });
  });

  it('are kept later where their key is of another type, which is told', async () => {
    const keys = queueKeys('bq', specs.queue, false);
    const { log, records } = recordingLog();
    await specs.client.set(keys.times, 'x');
    const worker = specs.worker({ handlers: [specs.handler(() => 1)], clock: hasty, log });
    await specs.add(1);
    await worker.start();
    await until(() => records.some(({ fields }) => fields['duty'] === 'keep times'), 'it is told');

    await specs.client.del(keys.times);

    await until(async () => (await times()).succeeded === 1, 'it is counted');
  });
});
