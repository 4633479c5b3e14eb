import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';
import { lasts } from './insist.ts';
import { expectNoneLost, takeToll } from './toll.ts';
import { startTraffic } from './traffic.ts';

const RERUN_LIMIT_MS = 15_000;
const STORM_MS = 60_000;

describe('workers in trouble', function () {
  this.timeout(180_000);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });

  afterEach(() => crew.close());

  it('fail a job that kills each worker after its third loss, each found out by its lease', async () => {
    const [id = ''] = await crew.add(1, 0);
    for (let death = 1; death <= 3; death++) {
      const worker = await crew.hire({ deed: 'die' }).catch(() => crew.workers.at(-1));
      await worker?.exit;
    }

    await crew.hire();
    await crew.untilDrained(1, RERUN_LIMIT_MS);

    const job = await crew.inspector.job(toil.queue, id);
    expect(job).to.include({ state: 'failed', outcome: 'lost' });
    await Promise.all(crew.workers.map((worker) => worker.stop()));
    expectNoneLost('a job that kills its workers', await takeToll(crew, [id]), 2);
  });

  it('change nothing after having been stopped for 40 s', async () => {
    const concurrency = 5;
    const sleeper = await crew.hire({ concurrency });
    const ids = await crew.add(concurrency, 1_000);
    await until(() => ids.every((id) => crew.runsOf(id) === 1), 'the first worker runs all');

    // Before another is started, which takes long on a busy machine: these would have ended by then.
    sleeper.kill('SIGSTOP');
    const other = await crew.hire({ concurrency });
    await lasts(40_000);
    // On a machine that is late all the time, nobody judges others before it is sure.
    await until(() => ids.every((id) => crew.runsOf(id) === 2), 'the other runs all', 60_000);
    sleeper.kill('SIGCONT');

    for (const id of ids) await sleeper.waitForLine(new RegExp(`^fenced ${id}$`));
    await other.stop();
    const more = await crew.add(concurrency, 0);
    await crew.untilDrained(1);
    await sleeper.stop();
    expectNoneLost('SIGSTOP for 40 s', await takeToll(crew, [...ids, ...more]), concurrency);
  });

  it('do not touch what others run when they were stopped while idle', async () => {
    const sleeper = await crew.hire();
    const other = await crew.hire({ concurrency: 2 });
    const [first = ''] = await crew.add(1, 0);
    await crew.untilDrained(2);

    // One of the two goes to the wait that the stopped worker has out.
    sleeper.kill('SIGSTOP');
    const ids = [...(await crew.add(1, 15_000)), ...(await crew.add(1, 15_000))];
    await until(() => ids.every((id) => crew.runsOf(id) === 1), 'the other worker runs both', RERUN_LIMIT_MS);
    sleeper.kill('SIGCONT');

    await crew.untilDrained(2);
    await Promise.all([sleeper.stop(), other.stop()]);
    expectNoneLost('SIGSTOP while idle', await takeToll(crew, [first, ...ids]), 0);
  });

  for (const [who, waitMs] of [
    ['the only one, started again at once', 0],
    ['the only one, started again after a minute', 60_000],
    ['one of two', null],
  ] as const) {
    it(`run the jobs of a killed worker within 15 s: ${who}`, async () => {
      const doomed = await crew.hire({ deed: 'hang' });
      const [id = ''] = await crew.add(1, 0);
      await doomed.waitForLine(new RegExp(`^ran ${id}$`));
      if (waitMs === null) await crew.hire();
      if (waitMs === null) await lasts(12_000);

      doomed.kill('SIGKILL');
      if (waitMs !== null) await lasts(waitMs);
      const since = systemClock.elapsed();
      if (waitMs !== null) await crew.hire();
      await until(() => crew.runsOf(id) === 2, 'it runs again', RERUN_LIMIT_MS);

      console.log(`      ${who}: ran again after ${Math.round(systemClock.elapsed() - since)} ms`);
    });
  }

  it('get over an event loop that is blocked for 15 s where no thread keeps their leases', async () => {
    const blocked = await crew.hire({ deed: 'block', leaseThread: false });
    const [id = ''] = await crew.add(1, 15_000);
    await blocked.waitForLine(new RegExp(`^ran ${id}$`));
    const other = await crew.hire({ leaseThread: false });

    await other.waitForLine(new RegExp(`^ran ${id}$`));
    await blocked.waitForLine(new RegExp(`^fenced ${id}$`));

    await crew.untilDrained(2);
    await Promise.all([blocked.stop(), other.stop()]);
    expectNoneLost('event loop blocked for 15 s', await takeToll(crew, [id]), 1);
  });

  for (const [count, blockMs] of [
    [2, 25_000],
    [3, 12_500],
  ] as const) {
    it(`give up a job that blocks each of ${count} event loops for ${blockMs / 1_000} s`, async () => {
      const crews = Array.from({ length: count }, () => crew.hire({ deed: 'block', leaseThread: false }));
      await Promise.all(crews);
      await lasts(12_000);
      const [id = ''] = await crew.add(1, blockMs);

      await crew.untilDrained(count, 120_000);

      const job = await crew.inspector.job(toil.queue, id);
      console.log(`      ${count} workers, ${blockMs} ms: ran ${crew.runsOf(id)} times, ${job?.outcome}`);
      expect(crew.runsOf(id)).to.be.at.most(3);
      expect(job?.state).to.be.oneOf(['failed', 'succeeded']);
    });
  }

  it('keep a job through a blocked event loop when there is nobody else', async () => {
    const blocked = await crew.hire({ deed: 'block' });
    const [id = ''] = await crew.add(1, 15_000);

    await blocked.waitForLine(new RegExp(`^ran ${id}$`));
    await crew.untilDrained(1);

    await blocked.stop();
    expectNoneLost('event loop of the only worker blocked for 15 s', await takeToll(crew, [id]), 0);
  });

  it('lose nothing when they are killed at random for 60 s', async () => {
    const concurrency = 5;
    let alive = await Promise.all([crew.hire({ concurrency }), crew.hire({ concurrency })]);
    const traffic = startTraffic(crew, { everyMs: 300, forMs: 200 });
    let kills = 0;

    const end = systemClock.elapsed() + STORM_MS;
    while (systemClock.elapsed() < end) {
      await lasts(1_000 + 3_000 * systemClock.random());
      const at = systemClock.random() < 0.5 ? 0 : 1;
      alive[at].kill('SIGKILL');
      kills++;
      const successor = await crew.hire({ concurrency });
      alive = at === 0 ? [successor, alive[1]] : [alive[0], successor];
    }

    const ids = await traffic.end();
    await crew.untilDrained(2);
    await Promise.all(alive.map((worker) => worker.stop()));
    expectNoneLost(`${kills} random kills in 60 s`, await takeToll(crew, ids), kills * concurrency);
  });
});
