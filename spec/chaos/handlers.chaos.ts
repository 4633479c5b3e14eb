import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { expectNoneLost, takeToll } from './toll.ts';

const BLOCK_MS = 60_000;
const [BESIDE, WAITING] = [9, 40];
const GOOD = 200;

describe('handlers that harm those beside them', function () {
  this.timeout(240_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });

  afterEach(() => crew.close());

  it('by a block of 60 s lose nothing and repeat nothing, of all the jobs of their process', async () => {
    const blocked = await crew.hire({ concurrency: BESIDE + 1 });
    const ids = await crew.add(BESIDE, 5_000);
    const [blocker = ''] = await crew.add(1, BLOCK_MS, 'compute');
    await until(() => [...ids, blocker].every((id) => crew.runsOf(id) === 1), 'all run in one process');
    const other = await crew.hire({ concurrency: 10 });
    const waiting = await crew.add(WAITING, 100);

    const isSaid = async () =>
      (await crew.inspector.workers()).some(({ blockedBy }) => blockedBy?.id === blocker);
    await until(isSaid, 'it is said which job blocks it');
    const line = await blocked.waitForLine(/^blocker /);
    await crew.untilDrained(2, BLOCK_MS);
    await Promise.all([blocked.stop(), other.stop()]);

    expect(line).to.match(new RegExp(`^blocker ${blocker} `));
    expect([...blocked.stdout, ...other.stdout].filter((said) => /^recovered/.test(said))).to.deep.equal([]);
    const toll = await takeToll(crew, [...ids, blocker, ...waiting]);
    expectNoneLost('a block of 60 s beside 9 jobs', toll, 0);
    expect(toll.fenced).to.equal(0);
  });

  it('by killing their worker are given up after three losses, and 200 good ones at concurrency 20 succeed', async () => {
    const good = await crew.add(GOOD / 2, 50);
    const [poison = ''] = await crew.add(1, 20, 'exit');
    good.push(...(await crew.add(GOOD / 2, 50)));

    const since = systemClock.elapsed();
    const deaths = await crew.superviseUntilDrained({ concurrency: 20 });
    const forMs = Math.round(systemClock.elapsed() - since);

    const outcomes = await Promise.all(
      good.map(async (id) => (await crew.inspector.job(toil.queue, id))?.outcome),
    );
    const lost = outcomes.filter((outcome) => outcome !== 'succeeded');
    const repeats = good.reduce((sum, id) => sum + crew.runsOf(id) - 1, 0);
    console.log(
      `      poison: ran ${crew.runsOf(poison)} times, ${deaths} deaths of workers; of ${GOOD} good ones ` +
        `${outcomes.length - lost.length} succeeded, begun again ${repeats}, in ${forMs} ms`,
    );
    expect((await crew.inspector.job(toil.queue, poison))?.outcome).to.equal('lost');
    expect(deaths).to.equal(3);
    expect(lost).to.deep.equal([]);
    // Those that ran beside it when its worker died for the first time; then it runs alone among its like.
    expect(repeats).to.be.at.most(3 * 19);
  });
});
