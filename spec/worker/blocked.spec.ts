import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

/** Longer than a lease lasts and the next look for dead workers is away. */
const BLOCK_MS = 14_000;
/** Within this time the jobs of a dead worker run again. */
const RERUN_LIMIT_MS = 15_000;

describe('a worker whose event loop is blocked', function () {
  this.timeout(120_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });
  afterEach(() => crew.close());

  it('loses nothing and repeats nothing, and is said to be blocked meanwhile', async () => {
    const blocked = await crew.hire({ concurrency: 4 });
    const ids = [...(await crew.add(2, 8_000)), ...(await crew.add(1, BLOCK_MS, 'block'))];
    await until(() => ids.every((id) => crew.runsOf(id) === 1), 'all run');
    const other = await crew.hire({ concurrency: 4 });
    const infoOf = async (pid: number) => (await crew.inspector.workers()).find((one) => one.pid === pid);

    await until(async () => (await infoOf(blocked.pid))?.blockedSince !== undefined, 'it is said so');
    expect((await infoOf(blocked.pid))?.running.map(({ id }) => id)).to.have.members(ids);
    await blocked.waitForLine(/^blocked /);
    await crew.untilDrained(2);

    for (const id of ids) expect(crew.runsOf(id)).to.equal(1);
    const { counts } = await crew.inspector.queue(toil.queue);
    expect(counts).to.include({ succeeded: 3, failed: 0 });
    expect([...blocked.stdout, ...other.stdout].filter((line) => /^(fenced|recovered)/.test(line))).to.be
      .empty;
    await until(async () => (await infoOf(blocked.pid))?.blockedSince === undefined, 'it is over');
  });

  it('is found as ever where no thread keeps its leases', async () => {
    await crew.hire({ concurrency: 2, leaseThread: false });
    const [id = ''] = await crew.add(1, 60_000, 'block');
    await until(() => crew.runsOf(id) === 1, 'it runs');

    await crew.hire({ deed: 'work' });

    await until(() => crew.runsOf(id) === 2, 'it runs elsewhere', RERUN_LIMIT_MS);
  });

  it('is found as ever when it is killed in a block', async () => {
    const killed = await crew.hire({ concurrency: 2 });
    const [id = ''] = await crew.add(1, 60_000, 'block');
    await until(() => crew.runsOf(id) === 1, 'it runs');
    await crew.hire({ deed: 'work' });
    const isSaid = async (): Promise<boolean> =>
      (await crew.inspector.workers()).some((one) => one.blockedSince !== undefined);
    await until(isSaid, 'it is blocked');

    killed.kill('SIGKILL');

    await until(() => crew.runsOf(id) === 2, 'it runs elsewhere', RERUN_LIMIT_MS);
  });

  it('holds up no end of the process', async () => {
    const worker = await crew.hire();

    expect(await worker.stop()).to.deep.equal({ code: 0, signal: null });
  });
});
