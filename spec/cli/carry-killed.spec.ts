import { expect } from 'chai';
import { openBullMq, type SpecBullMq } from '../support/bull.ts';
import { apiary } from '../support/command-line.ts';
import { startCommand } from '../support/process.ts';
import { programArgs } from '../support/program.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { openWorkers, type SpecWorkers } from '../support/worker.ts';

const JOBS = 10_000;
const AT_ONCE = 1_000;

describe('an import from bullmq that is killed in the middle', function () {
  this.timeout(120_000);
  let rig: SpecWorkers;
  let theirs: SpecBullMq;

  before(async () => {
    rig = openWorkers();
    theirs = openBullMq(rig.queue);
    for (let from = 0; from < JOBS; from += AT_ONCE) {
      await theirs.queue.addBulk(
        Array.from({ length: AT_ONCE }, (_, at) => ({ name: 'job', data: from + at })),
      );
    }
  });

  after(async () => {
    await theirs.close();
    await rig.close();
  });

  it('goes on when it is run again, and doubles nothing', async () => {
    const words = ['import', rig.queue, '--from', 'bullmq', '--yes'];
    const env = { REDIS_URL: redisUrl() };
    const args = [...programArgs('lib/cli.ts'), ...words];
    const stored = async () => (await rig.queries().counts()).waiting;
    const first = await startCommand(process.execPath, args, env, process.cwd());
    await until(async () => (await stored()) > 0, 'the first are stored');
    first.kill('SIGKILL');
    expect((await first.exit).signal).to.equal('SIGKILL');
    const before = await stored();

    const { code, out } = await apiary(words);

    expect(before).to.be.within(1, JOBS - 1);
    expect(code).to.equal(0);
    expect(await stored()).to.equal(JOBS);
    expect(out).to.match(/^\S+ of 10,000 jobs were stored; \S+ were there already\n$/);
    const ran = new Map<unknown, number>();
    const count = (data: unknown): void => void ran.set(data, (ran.get(data) ?? 0) + 1);
    const worker = rig.worker({ concurrency: 100, handlers: [rig.handler(count)] });
    await worker.start();
    await until(async () => (await stored()) === 0 && ran.size === JOBS, 'all have run', 90_000);
    await worker.stop();
    expect([...ran.values()].every((times) => times === 1)).to.equal(true);
  }).timeout(120_000);
});
