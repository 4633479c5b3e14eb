import { expect } from 'chai';
import { systemClock } from '../../lib/clock.ts';
import { Lane } from '../../lib/engine/lane.ts';
import { Waiter } from '../../lib/engine/waiter.ts';
import { openEngine, type SpecEngine } from '../support/engine.ts';

/** Time stands still: what waits for a timer waits for ever. */
const STANDING_CLOCK = { ...systemClock, sleep: () => new Promise<void>(() => {}) };

describe('Lane', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });

  afterEach(() => engine.close());

  function openLane(): Lane {
    const { client, keys } = engine;
    const ignore = (): void => {};
    return new Lane({
      queue: 'mail',
      weight: 1,
      concurrency: 1,
      idleSince: () => null,
      worker: 'host:1',
      session: engine.session(),
      waiter: new Waiter({ blocking: client, commands: client, keys, connectionName: 'none' }),
      clock: STANDING_CLOCK,
      hooks: { settled: ignore, fenced: ignore, recovered: ignore, troubled: ignore },
      wake: ignore,
    });
  }

  it('settles what ends while the queue is paused, without waiting for the next look at the pause', async () => {
    await engine.add('a');
    const lane = openLane();
    const [job] = await lane.exchange(1);
    await engine.store.pause('ops', 1);
    await lane.exchange(1);
    if (job) lane.end(job, { kind: 'succeeded', result: 1, resultJson: '1' }, 5);

    expect(lane.takes(1)).to.equal(false);
    expect(lane.hasEnded).to.equal(true);
    await lane.exchange(0);

    expect(await engine.queries.job('a')).to.include({ state: 'succeeded' });
  });
});
