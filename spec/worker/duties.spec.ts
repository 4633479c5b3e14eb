import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { queueKeys } from '../../lib/engine/keys.ts';
import { recordingLog } from '../support/log.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

/** A clock for which a minute is over at once. */
const hasty: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms > 50_000 ? 5 : ms, signal),
};

describe('the duties of a worker', () => {
  let spec: SpecWorkers;

  beforeEach(() => {
    spec = openWorkers();
  });
  afterEach(() => spec.close());

  it('let go of the unique key of a job that a stock client removed', async () => {
    const { client, queue, producer } = spec;
    const { jobs, waiting, uniques, lock } = queueKeys('bq', queue, false);
    const job = { type: 'job', queue, data: 1, options: { unique: { key: 'k' } } };
    const { id } = await producer.addRaw(job);
    await client.multi().hdel(jobs, id).lrem(waiting, 0, id).exec();
    const worker = spec.worker({ handlers: [spec.handler(() => undefined)], clock: hasty });

    await worker.start();

    await until(async () => (await client.exists(lock('k'))) === 0, 'the key is free');
    expect(await client.exists(uniques)).to.equal(0);
  });

  it('take note once a minute of how their queues stand', async () => {
    const { client, queue } = spec;
    const { samples } = queueKeys('bq', queue, false);
    const worker = spec.worker({ handlers: [spec.handler(() => 1)], clock: hasty });
    await spec.add(1, 2);

    await worker.start();

    await until(async () => (await client.exists(samples)) === 1, 'a note is there');
    expect((await client.hvals(samples)).length).to.be.at.most(2);
  });

  it('put back a job that is in no list, and say so', async () => {
    const { client, queue } = spec;
    const [id = ''] = await spec.add(1);
    await client.del(queueKeys('bq', queue, false).waiting);
    const { log, records } = recordingLog();
    const worker = spec.worker({ handlers: [spec.handler(() => 1)], clock: hasty, log });
    const told: unknown[] = [];
    worker.events.on('jobs:recovered', (facts) => told.push(facts));

    await worker.start();

    await until(() => told.length > 0, 'it is told of');
    expect(told).to.deep.equal([{ queue, ids: [id], reason: 'stray' }]);
    expect(records.filter(({ level }) => level === 'error')).to.have.length(1);
    await until(async () => (await spec.queries().counts()).succeeded === 1, 'the job ran');
  });
});
