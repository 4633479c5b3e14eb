import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;

describe('cancelling a job that another process runs', function () {
  this.timeout(SPEC_LIMIT_MS);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  const infoOf = (id: string) => crew.inspector.job(toil.queue, id);
  const hasEnded = async (id: string) => (await infoOf(id))?.state === 'failed';

  it('aborts its handler, and ends it as cancelled', async () => {
    await crew.hire({ deed: 'heed' });
    await crew.hire({ deed: 'heed' });
    const ids = await crew.add(2, 0);
    await until(() => ids.every((id) => crew.runsOf(id) === 1), 'both run');
    const [cancelled = '', other = ''] = ids;

    const result = await crew.inspector.cancel(toil.queue, cancelled, 'ops');

    expect(result).to.deep.equal({ done: true, was: 'active' });
    await until(() => hasEnded(cancelled), 'it has ended');
    expect(await infoOf(cancelled)).to.include({ outcome: 'cancelled', attempts: 1 });
    expect(await infoOf(other)).to.include({ state: 'active' });
    expect(await crew.client.exists(crew.keys.cancelled)).to.equal(0);
  });

  it('is not undone by the death of its worker: nobody runs it again', async () => {
    const doomed = await crew.hire({ deed: 'hang' });
    const [id = ''] = await crew.add(1, 0);
    await until(() => crew.runsOf(id) === 1, 'it runs');
    await crew.inspector.cancel(toil.queue, id, 'ops');
    doomed.kill('SIGKILL');
    await doomed.exit;
    await crew.bury();

    await crew.hire();

    await until(() => hasEnded(id), 'it has ended');
    expect(await infoOf(id)).to.include({ outcome: 'cancelled' });
    expect(crew.runsOf(id)).to.equal(1);
  });

  it('tells the handler why, and keeps that with the job', async () => {
    await crew.hire({ deed: 'heed' });
    await crew.hire({ deed: 'heed' });
    const [heard = '', missed = ''] = await crew.add(2, 0);
    await until(() => crew.runsOf(heard) === 1 && crew.runsOf(missed) === 1, 'both run');

    await crew.inspector.cancel(toil.queue, heard, 'ops', { reason: 'the order is void' });
    // As if the announcement had been lost. A reason without its cancellation would be forgotten by the next who renews.
    await crew.client
      .multi()
      .hset(crew.keys.cancelReasons, missed, 'nobody heard')
      .sadd(crew.keys.cancelled, missed)
      .exec();

    await until(async () => (await hasEnded(heard)) && (await hasEnded(missed)), 'they have ended');
    const why = async (id: string) => (await infoOf(id))?.errors[0]?.message;
    expect(await why(heard)).to.equal('the job was cancelled: the order is void');
    expect(await why(missed)).to.equal('the job was cancelled: nobody heard');
    await until(async () => (await crew.client.exists(crew.keys.cancelReasons)) === 0, 'it is forgotten');
  });

  it('reaches a worker that hears nothing, by its look for dead workers', async () => {
    await crew.hire({ deed: 'heed' });
    const [id = ''] = await crew.add(1, 0);
    await until(() => crew.runsOf(id) === 1, 'it runs');

    // As if the announcement had been lost.
    await crew.client.sadd(crew.keys.cancelled, id);

    await until(() => hasEnded(id), 'it has ended');
    expect(await infoOf(id)).to.include({ outcome: 'cancelled' });
  });
});
