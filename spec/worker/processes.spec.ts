import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { patiently, until } from '../support/wait.ts';

/** Within this time the jobs of a dead worker run again. */
const RERUN_LIMIT_MS = 15_000;
const SPEC_LIMIT_MS = 120_000;

describe('worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });

  afterEach(() => crew.close());

  it('run the jobs of a worker that was killed within 15 s, a loss counted for each', async () => {
    const doomed = await crew.hire({ deed: 'hang', concurrency: 2 });
    const ids = await crew.add(2, 0);
    await until(() => ids.every((id) => crew.runsOf(id) === 1), 'the first worker runs the jobs');
    const other = await crew.hire({ concurrency: 2 });

    doomed.kill('SIGKILL');

    await until(
      () => ids.every((id) => crew.runsOf(id) === 2),
      'the second worker runs them',
      RERUN_LIMIT_MS,
    );
    expect(other.stdout.filter((line) => line.startsWith('recovered lost '))).to.have.lengthOf(2);
    expect((await crew.inspector.queue(toil.queue)).counts).to.include({ failed: 0 });
  });

  it('fail a job that killed three of them, saying so', async () => {
    const [id = ''] = await crew.add(1, 0);
    for (let death = 1; death <= 3; death++) {
      const worker = await crew.hire({ deed: 'die' }).catch(() => crew.workers.at(-1));
      await worker?.exit;
      await crew.bury();
    }

    await crew.hire();

    const stateNow = async () => (await crew.inspector.job(toil.queue, id))?.state;
    await until(async () => (await stateNow()) === 'failed', 'the job has failed');
    const job = await crew.inspector.job(toil.queue, id);
    expect(job?.outcome).to.equal('lost');
    expect(job?.errors[0]?.message).to.match(/^lost 3 times: /);
    expect(crew.runsOf(id)).to.equal(3);
  });

  it('tell which jobs ran while one of them blocked the event loop', async () => {
    const worker = await crew.hire({ deed: 'block' });

    const [id = ''] = await crew.add(1, 5_000);
    const told = await worker.waitForLine(/^blocked /);

    const [, blockedMs, ...ids] = told.split(' ');
    expect(Number(blockedMs)).to.be.within(3_333, patiently(30_000));
    expect(ids).to.deep.equal([id]);
  });

  it('change nothing by what they end after they were stopped, and go on under a new incarnation', async () => {
    const sleeper = await crew.hire();
    const [late = ''] = await crew.add(1, 2_000);
    await sleeper.waitForLine(new RegExp(`^ran ${late}$`));

    // At once: by the time that another worker is there, the job could have ended.
    sleeper.kill('SIGSTOP');
    const other = await crew.hire();
    await other.waitForLine(new RegExp(`^ran ${late}$`));
    await other.waitForLine(new RegExp(`^settled ${late}$`));
    const settled = await crew.inspector.job(toil.queue, late);
    sleeper.kill('SIGCONT');

    await sleeper.waitForLine(new RegExp(`^fenced ${late}$`));
    expect(await crew.inspector.job(toil.queue, late)).to.deep.equal(settled);
    expect(settled?.state).to.equal('succeeded');
    await other.stop();
    const [next = ''] = await crew.add(1, 0);
    await sleeper.waitForLine(new RegExp(`^settled ${next}$`));
  });
});
