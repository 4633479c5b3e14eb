import { expect } from 'chai';
import { SpecSwarm } from '../support/swarm.ts';
import { until } from '../support/wait.ts';

const TWO = { WORKER_PROCESSES: '2', WORKER_CONCURRENCY: '5' };

describe('worker processes that are replaced', function () {
  this.timeout(240_000);
  let swarm: SpecSwarm;

  beforeEach(async () => {
    swarm = await SpecSwarm.open();
  });

  afterEach(() => swarm.close());

  const pidsOf = async (count: number): Promise<number[]> =>
    (await swarm.untilTaking(count)).map(({ pid }) => pid);

  it('on SIGUSR2, again and again under load, lose no job and repeat none', async () => {
    const service = await swarm.start(TWO);
    const seen = new Set(await pidsOf(2));
    const ids: string[] = [];
    for (let round = 1; round <= 3; round++) {
      ids.push(...(await swarm.add(150, { forMs: 150 })));
      service.kill('SIGUSR2');
      await until(
        () => service.stdout.filter((line) => line.includes('was replaced')).length >= 2 * round,
        'both were replaced',
        60_000,
      );
    }
    await swarm.untilSucceeded(450);

    for (const { pid } of await swarm.runs()) seen.add(pid);
    expect(await swarm.ranIds()).to.deep.equal(ids.sort());
    expect(await swarm.counts()).to.include({ failed: 0, active: 0, waiting: 0 });
    expect(seen.size).to.be.at.least(6);
    expect(service.stdout.join('\n')).to.not.match(/died|interrupted|went back/);
  });

  it('end what runs there first, however long that takes', async () => {
    const service = await swarm.start({ ...TWO, SHUTDOWN_TIMEOUT_MS: '0' });
    const before = await pidsOf(2);
    const ids = await swarm.add(10, { forMs: 4_000 });
    await until(async () => (await swarm.counts())['active'] === 10, 'all slots are taken');

    service.kill('SIGUSR2');
    await swarm.untilSucceeded(10);

    expect(await swarm.ranIds()).to.deep.equal(ids.sort());
    expect((await swarm.runs()).every(({ pid }) => before.includes(pid))).to.be.true;
    await until(async () => {
      const pids = (await swarm.taking()).map(({ pid }) => pid);
      return pids.length === 2 && pids.every((pid) => !before.includes(pid));
    }, 'both are new');
  });

  it('run the handlers as they are now, and stay as they are when those cannot be loaded', async () => {
    const service = await swarm.start(TWO);
    const before = await pidsOf(2);
    await swarm.writeHandler('broken', `throw new Error('half written');`);

    service.kill('SIGUSR2');
    await service.waitForLine(/are not replaced.*half written/);
    const after = await pidsOf(2);
    await swarm.writeHandler('2');
    service.kill('SIGUSR2');
    await until(
      async () => {
        const pids = (await swarm.taking()).map(({ pid }) => pid);
        return pids.length === 2 && pids.every((pid) => !before.includes(pid));
      },
      'both are new',
      60_000,
    );
    await swarm.add(10, { forMs: 1 });
    await swarm.untilSucceeded(10);

    expect(after).to.have.members(before);
    expect((await swarm.runs()).map(({ version }) => version)).to.deep.equal(Array(10).fill('2'));
  });

  it('are so when a job leaves an error there that nobody handles, which costs those beside it nothing', async () => {
    const service = await swarm.start({ ...TWO, WORKER_PROCESSES: '1', WORKER_MAX_MEMORY_MB: '10000' });
    const [before] = await pidsOf(1);
    const good = await swarm.add(4, { forMs: 3_000 });
    const [bad = ''] = await swarm.add(1, { forMs: 500, spoils: true });

    await service.waitForLine(/was left an error that nobody handled and is replaced/);
    await swarm.untilSucceeded(4);

    expect((await swarm.runs()).map(({ id, pid }) => [id, pid]).sort()).to.deep.equal(
      good.map((id) => [id, before]).sort(),
    );
    expect((await swarm.inspector.job('chores', bad))?.errors[0]?.message).to.equal('left behind');
    await until(async () => {
      const pids = (await swarm.taking()).map(({ pid }) => pid);
      return pids.length === 1 && pids[0] !== before;
    }, 'another process has taken its place');
    expect(service.stdout.join('\n')).to.not.match(/ died|went back/);
  });

  it('are so by themselves with --watch, also a single one', async () => {
    const service = await swarm.start({}, ['--worker', '--watch']);
    await pidsOf(1);

    await swarm.writeHandler('2');
    await service.waitForLine(/are replaced.*chore\.mjs has changed/);
    await service.waitForLine(/was replaced/);
    await swarm.add(3, { forMs: 1 });
    await swarm.untilSucceeded(3);

    expect((await swarm.runs()).map(({ version }) => version)).to.deep.equal(['2', '2', '2']);
  });

  it('are not watched in production, nor without handlers', async () => {
    const production = await swarm.start({ NODE_ENV: 'production' }, ['--worker', '--watch']);
    const without = await swarm.start({ WORKER_HANDLERS: '' }, ['--worker', '--watch']);

    expect((await production.exit).code).to.equal(78);
    expect((await without.exit).code).to.equal(78);
    expect(production.stdout.join('\n')).to.match(/--watch is for development/);
    expect(without.stdout.join('\n')).to.match(/--watch needs WORKER_HANDLERS/);
  });

  it('keep a leak in a handler within bounds by WORKER_MAX_MEMORY_MB, and lose no job', async () => {
    const env = { WORKER_PROCESSES: '2', WORKER_CONCURRENCY: '1', WORKER_MAX_MEMORY_MB: '400' };
    const service = await swarm.start(env);
    await pidsOf(2);

    const ids = await swarm.add(80, { forMs: 250, keepMb: 25 });
    await swarm.untilSucceeded(80);

    const grown = service.stdout.filter((line) => line.includes('has grown past WORKER_MAX_MEMORY_MB'));
    expect(await swarm.ranIds()).to.deep.equal(ids.sort());
    expect(grown).to.have.length.of.at.least(2);
    const sizes = grown.map((line) => Number(/rssMb=(\d+)/.exec(line)?.[1]));
    // 80 jobs keep 2,000 MiB in all.
    expect(Math.max(...sizes)).to.be.within(400, 1_200);
    expect(service.stdout.join('\n')).to.not.match(/died|interrupted|went back/);
  });

  it('are replaced later each time when a fresh one has more than WORKER_MAX_MEMORY_MB, and work', async () => {
    const service = await swarm.start({ WORKER_MAX_MEMORY_MB: '64' });
    const waits = (): number[] =>
      service.stdout.flatMap(
        (line) => Number(/has grown past.*inMs=(\d+)/.exec(line)?.[1] ?? Number.NaN) || [],
      );
    const ids = await swarm.add(20, { forMs: 10 });
    await until(() => waits().length >= 3, 'three had to wait', 120_000);
    await swarm.untilSucceeded(20);

    const [first = 0, second = 0, third = 0] = waits();
    expect(first).to.be.within(500, 1_000);
    expect(second).to.be.within(1_000, 2_000);
    expect(third).to.be.within(2_000, 4_000);
    expect(await swarm.ranIds()).to.deep.equal(ids.sort());
  });
});
