import { expect } from 'chai';
import { Crew } from '../support/crew.ts';
import { toil } from '../support/crew-job.ts';
import { redisUrl } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const SPEC_LIMIT_MS = 120_000;
/** What a busy machine needs. */
const RERUN_LIMIT_MS = 30_000;

describe('a unique key, over worker processes', function () {
  this.timeout(SPEC_LIMIT_MS);
  let crew: Crew;

  beforeEach(() => {
    crew = new Crew(redisUrl());
  });

  afterEach(() => crew.close());

  const again = { unique: { key: 'k', onConflict: 'replace' } } as const;
  const add = (forMs: number) => crew.producer.add(toil, { forMs }, again);
  const leftovers = () => crew.client.keys(`${crew.prefix}:*:unique*`);

  it('lets what is parked run once more when the worker of the running one was killed', async () => {
    const doomed = await crew.hire({ deed: 'hang' });
    const { id: running } = await add(1);
    await doomed.waitForLine(new RegExp(`^ran ${running}$`));
    const dead = await crew.incarnations();
    const { id: parked } = await add(2);
    await add(3);
    const other = await crew.hire({ concurrency: 2 });

    doomed.kill('SIGKILL');
    await doomed.exit;
    await crew.bury(dead);

    await until(() => crew.runsOf(parked) === 1, 'the parked one ran', RERUN_LIMIT_MS);
    await other.waitForLine(new RegExp(`^settled ${parked}$`));
    // The wait for the next job may bring the parked one before the worker hears that the other one has ended.
    const lines = [`ran ${running}`, `settled ${running}`, `ran ${parked}`, `settled ${parked}`];
    const told = other.stdout.filter((line) => lines.includes(line));
    expect(told).to.have.members(lines);
    expect(told.filter((line) => line.startsWith('ran'))).to.deep.equal([`ran ${running}`, `ran ${parked}`]);
    expect((await crew.inspector.job(toil.queue, parked))?.data).to.deep.equal({ forMs: 3 });
    expect(await leftovers()).to.deep.equal([]);
  });

  it('lets what is parked run when the running one is lost for good', async () => {
    const { id: lost } = await add(0);
    for (let death = 1; death <= 3; death++) {
      const worker = await crew.hire({ deed: 'die' }).catch(() => crew.workers.at(-1));
      await worker?.exit;
      if (death < 3) await crew.bury();
    }
    await add(1);
    const [parked] = await crew.inspector.jobs(toil.queue, { state: 'delayed' }).then(({ jobs }) => jobs);
    await crew.bury();

    await crew.hire();

    await until(() => crew.runsOf(parked?.id ?? '') === 1, 'the parked one ran', RERUN_LIMIT_MS);
    expect((await crew.inspector.job(toil.queue, lost))?.outcome).to.equal('lost');
    expect(crew.runsOf(lost)).to.equal(3);
  });

  it('never has two jobs run at a time, and the newest data always run', async () => {
    const { events } = crew.inspector;
    await events.record(toil.queue, true);
    await Promise.all([crew.hire({ concurrency: 3 }), crew.hire({ concurrency: 3 })]);
    const ids = new Set<string>();

    for (let n = 1; n <= 60; n++) {
      const { id } = await add(10 + n);
      ids.add(id);
      const hasBegun = async () => (await runningNow()) === 1 || crew.runsOf(id) > 0;
      if (n % 6 === 0) await until(hasBegun, 'one runs, or has run meanwhile');
    }
    await crew.untilDrained(2);

    const infos = await Promise.all([...ids].map((id) => crew.inspector.job(toil.queue, id)));
    // In the order in which Redis saw them: each process reckons the time for itself.
    const seen: { event: string; id: string }[] = [];
    for await (const told of events(toil.queue, { since: '0-0' })) {
      if (told.event === 'started' || told.event === 'succeeded')
        seen.push({ event: told.event, id: told.job });
      if (seen.length === 2 * ids.size) break;
    }
    const started = seen.filter(({ event }) => event === 'started').map(({ id }) => id);
    expect(seen).to.deep.equal(
      started.flatMap((id) => [
        { event: 'started', id },
        { event: 'succeeded', id },
      ]),
    );
    expect(started.length).to.be.within(2, 59);
    expect(infos.find((info) => info?.id === started.at(-1))?.data).to.deep.equal({ forMs: 70 });
    expect(await leftovers()).to.deep.equal([]);
  });

  const runningNow = async () => (await crew.inspector.queue(toil.queue)).counts.active;
});
