import { expect } from 'chai';
import { presenceKeys } from '../../lib/engine/keys.ts';
import { announce } from '../../lib/engine/queries/presence.ts';
import type { Inspector, WorkerLanes } from '../../lib/inspector/inspector.ts';
import { openLanes, type SpecLanes, workerOf } from '../support/lanes.ts';
import type { Gate } from '../support/queues.ts';
import { until } from '../support/wait.ts';
import type { SpecWorkers } from '../support/worker.ts';

describe('the lanes of workers', () => {
  let opened: SpecLanes;
  let specs: SpecWorkers;
  let inspector: Inspector;
  let gate: Gate;

  beforeEach(() => {
    opened = openLanes();
    ({ specs, inspector, gate } = opened);
  });
  afterEach(() => opened.close());

  const start = async (run: (data: unknown) => unknown): Promise<string> => {
    await specs.worker({ handlers: [specs.handler(run)] }).start();
    return workerOf(inspector, specs.queue);
  };
  const read = async (which: string): Promise<WorkerLanes> => {
    const [lanes] = await inspector.workerLanes.read(which);
    if (!lanes) throw new Error('there are no lanes');
    return lanes;
  };

  it('tell what runs and what ended, as soon as somebody asks', async () => {
    const worker = await start((data) => {
      if (data === 'fails') throw new Error('no');
      return data === 'waits' ? gate.pass() : null;
    });
    const [ends = '', fails = '', waits = ''] = await specs.add('ends', 'fails', 'waits');
    await until(async () => {
      const { attempts } = await read(worker);
      return attempts.length === 3;
    }, 'all three are told');

    const { attempts, cells, isFresh } = await read(worker);

    const ended = Object.fromEntries(attempts.map(({ id, end }) => [id, end]));
    expect(ended).to.deep.equal({ [waits]: 'running', [ends]: 'succeeded', [fails]: 'failed' });
    expect(attempts[0]?.id).to.equal(waits);
    expect(isFresh).to.equal(true);
    expect(cells.reduce((sum, { succeeded }) => sum + (succeeded ?? 0), 0)).to.equal(1);
  });

  it('are in Redis only where somebody has asked, for minutes, and gone with the worker', async () => {
    const other = specs.worker({ handlers: [specs.handler(() => null)] });
    await other.start();
    const id = await workerOf(inspector, specs.queue);
    const key = presenceKeys('bq').lanes(id);
    expect(await specs.client.exists(key)).to.equal(0);

    await until(async () => (await read(id)).isFresh, 'it has told');
    expect(await specs.client.pttl(key)).to.be.within(1, 300_000);

    await other.stop();
    expect(await specs.client.exists(key)).to.equal(0);
  });

  it('say of one that does not answer that it did not, and keep what it said before', async () => {
    const id = `dead-${specs.queue}`;
    const running = [{ queue: specs.queue, id: '1', type: 'job', startedAt: 1 }];
    await announce(
      { client: specs.client, prefix: 'bq' },
      {
        ...{ id, host: 'gone', pid: 1, version: '1', startedAt: 1, strict: false, concurrency: 2 },
        ...{ queues: [{ name: specs.queue, weight: 1 }], status: 'running', handlers: [] },
        ...{ runningCount: 1, running, blockedSince: 5 },
        blockedBy: { queue: specs.queue, id: '1', type: 'job', attempt: 1 },
      },
    );

    const lanes = await read(id);

    expect(lanes).to.include({ at: null, isFresh: false });
    expect(lanes.attempts).to.deep.equal([{ ...running[0], endedAt: null, end: 'running', blockedSince: 5 }]);
  });

  it('take no harm from what others have written there', async () => {
    const id = await start(() => null);
    const key = presenceKeys('bq').lanes(id);
    const times = { at: 1, allSince: 0, longSince: 0 };
    for (const value of [
      ...['', 'nonsense', '[]', '7', 'null', '{}', '{"at":"x"}'],
      JSON.stringify({ ...times, cells: [null, 1, {}], attempts: [null, { queue: 1 }, []] }),
      JSON.stringify({ ...times, cells: 'x', attempts: {} }),
      JSON.stringify({ ...times, at: -1, cells: [], attempts: [] }),
      'x'.repeat(2_000_001),
    ]) {
      await specs.client.set(key, value, 'PX', 300_000);
      const { attempts, cells } = await read(id);
      expect([attempts, cells.filter((cell) => cell === null)], value.slice(0, 40)).to.deep.equal([[], []]);
    }
  });

  it('are refused for a worker that is not there', async () => {
    for (const which of ['', 'nobody', '__proto__', 'x'.repeat(10_000)]) {
      const error = await inspector.workerLanes.read(which).then(
        () => null,
        (thrown) => thrown,
      );
      expect(error?.code, which.slice(0, 20)).to.equal('WORKER_NOT_FOUND');
    }
  });
});
