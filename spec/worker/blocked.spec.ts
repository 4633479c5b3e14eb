import { expect } from 'chai';
import { Crew, type HireOptions } from '../support/crew.ts';
import { type Deed, toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

/** Longer than a lease lasts and the next look for dead workers is away. */
const BLOCK_MS = 14_000;
/** While it lasts it is told of more than once, and what is told lies some seconds back. */
const TOLD_BLOCK_MS = 9_000;
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

  describe('by one of several handlers', () => {
    const saidOf = async (pid: number) => (await crew.inspector.workers()).find((one) => one.pid === pid);
    /** Starts a worker, with six jobs that wait and one among them that blocks it; resolves when all run. */
    const startAll = async (deed: Deed, forMs: number, options: HireOptions = {}) => {
      const worker = await crew.hire({ concurrency: 7, logs: true, ...options });
      const others = await crew.add(6, TOLD_BLOCK_MS / 2);
      const [blocker = ''] = await crew.add(1, forMs, deed);
      await until(() => [...others, blocker].every((id) => crew.runsOf(id) === 1), 'all run');
      return { worker, others, blocker };
    };
    const { queue, type } = toil;

    for (const deed of ['compute', 'block'] as const) {
      it(`is said to be blocked by that one, and where: ${deed}`, async () => {
        const { worker, blocker } = await startAll(deed, 10 * BLOCK_MS);
        const isNamed = async () => (await saidOf(worker.pid))?.blockedBy !== undefined;

        await until(isNamed, 'it is said by what', 8 * BLOCK_MS);

        const said = await saidOf(worker.pid);
        expect(said?.blockedBy).to.deep.equal({ queue, id: blocker, type, attempt: 1 });
        expect(said?.blockedAt).to.match(/crew-worker/);
        expect(said?.blockedSince).to.be.below(Date.now());
      });

      it(`tells so once in its log and its event when it is over: ${deed}`, async () => {
        const { worker, others, blocker } = await startAll(deed, TOLD_BLOCK_MS);
        // A machine that is busy with other things blocks it too, which is told of nobody.
        await worker.waitForLine(new RegExp(`^blocker ${blocker} `));
        await crew.untilDrained(1);

        const told = worker.stdout.filter((line) => line.startsWith(`blocker ${blocker} `));
        expect(told).to.have.length(1);
        expect(told[0]).to.match(/crew-worker/);
        const logged = [...worker.stdout, ...worker.stderr].filter(
          (line) => /blocked the event loop/.test(line) && line.includes(`id=${blocker}`),
        );
        expect(logged).to.have.length(1);
        expect(logged[0])
          .to.include(`type=${type}`)
          .and.match(/blockedMs=(?:[6-9]\d{3}|\d{5})\b/);
        for (const id of [...others, blocker]) expect(crew.runsOf(id)).to.equal(1);
      });
    }

    it('is said of nobody where native code blocks, nor where nobody follows the code; all that ran is named', async () => {
      for (const [deed, attributesErrors] of [
        ['blockNatively', true],
        ['compute', false],
      ] as const) {
        const { worker, others, blocker } = await startAll(deed, TOLD_BLOCK_MS, { attributesErrors });
        const told = await worker.waitForLine(/^blocked /);
        await worker.waitForLine(/^blocker nobody /);
        await crew.untilDrained(1);

        expect(told.split(' ').slice(2)).to.have.members([...others, blocker]);
        await worker.stop();
      }
    });

    it('holds up no exit right behind native code that a look still waits for', async () => {
      const worker = await crew.hire();
      const [id = ''] = await crew.add(1, 4_000, 'blockAndExit');
      await worker.waitForLine(new RegExp(`^ran ${id}$`));

      expect(await worker.exit).to.deep.equal({ code: 3, signal: null });
    });
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
