import { expect } from 'chai';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { BulkRunner } from '../../lib/inspector/bulk-runner.ts';
import { type BulkRunInfo, type BulkRunOrder, Inspector } from '../../lib/inspector/inspector.ts';
import { silentLog } from '../support/log.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';
import { openRequests } from '../support/redis.ts';
import { until } from '../support/wait.ts';

const COUNT = 3_000;
const TO = 'elsewhere';
const ORDER: BulkRunOrder = { operation: 'move', queue: QUEUE, state: 'waiting', to: TO };

describe('runs that move jobs', function () {
  this.timeout(120_000);
  let specs: SpecMonitor;
  const runners: BulkRunner[] = [];
  const clients: ReturnType<typeof openRequests>[] = [];

  beforeEach(async () => {
    specs = await openMonitor({ readOnly: true });
    await specs.jobsIn('waiting', COUNT);
  });

  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    await Promise.all(clients.splice(0).map((client) => client.quit()));
    await specs.close();
  });

  /** A monitor beside others: over a connection of its own. */
  const startRunner = (clock: Clock = systemClock): BulkRunner => {
    const client = openRequests();
    clients.push(client);
    const inspector = new Inspector({ client, prefix: specs.prefix });
    const runner = new BulkRunner({ inspector, log: silentLog, clock });
    runners.push(runner);
    return runner;
  };
  const infoOf = async (): Promise<BulkRunInfo> =>
    (await specs.inspector.bulkRuns.get('one')) ?? expect.fail('there is no run');
  const ended = async (): Promise<BulkRunInfo> => {
    await until(async () => (await infoOf()).endedAt !== null, 'the run has ended');
    return infoOf();
  };
  const waitingIn = async (queue: string): Promise<string[]> => {
    const found: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await specs.inspector.jobs(queue, {
        state: 'waiting',
        limit: 1_000,
        ...(cursor && { cursor }),
      });
      found.push(...page.jobs.map(({ id }) => id));
      if (page.cursor === null) return found;
      cursor = page.cursor;
    }
  };

  it('stop in the middle: what was moved stays moved, the others where they are, in their order', async () => {
    const before = await waitingIn(QUEUE);
    await specs.inspector.bulkRuns.start('one', ORDER, 'ada');
    let [looks, stopping]: [number, Promise<unknown> | null] = [0, null];
    // Every look at the clock is a small step of the run, and so late that it tells how far it is.
    const elapsed = (): number => {
      if (++looks === 4) stopping = specs.inspector.bulkRuns.stop('one', 'bob');
      return looks * 1_000;
    };
    startRunner({ ...systemClock, elapsed });

    const { done, ...run } = await ended();
    await stopping;

    expect(run).to.include({ status: 'stopped', stoppedBy: 'bob', error: null });
    expect(done).to.be.within(1, COUNT - 1);
    const [here, there] = [await waitingIn(QUEUE), await waitingIn(TO)];
    expect(there).to.have.length(done);
    expect([...here, ...there].sort()).to.deep.equal([...before].sort());
    expect(here).to.deep.equal(before.filter((id) => here.includes(id)));
    expect(there).to.deep.equal(before.filter((id) => there.includes(id)));
  });

  it('are done by one of several monitors, and each job is moved once', async () => {
    const before = await waitingIn(QUEUE);
    await specs.inspector.bulkRuns.start('one', ORDER, 'ada');
    for (let count = 0; count < 2; count++) startRunner();

    expect(await ended()).to.include({ status: 'done', matched: COUNT, done: COUNT, looked: COUNT });
    expect(await waitingIn(TO)).to.deep.equal(before);
    expect((await specs.inspector.queue(QUEUE)).counts).to.include({ waiting: 0, failed: 0, succeeded: 0 });
    await Promise.all(runners.splice(0).map((runner) => runner.stop()));
    const { entries } = await specs.inspector.audit.list();
    // Each of both queues is told once.
    const ends = entries.filter(({ action }) => action === 'end run');
    expect(ends.map(({ queue, id, outcome }) => [queue, id, outcome])).to.have.deep.members([
      [QUEUE, 'one', 'done'],
      [TO, 'one', 'done'],
    ]);
  });
});
