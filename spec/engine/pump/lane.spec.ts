import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import { Lane } from '../../../lib/engine/pump/lane.ts';
import { Waiter } from '../../../lib/engine/pump/waiter.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';

/** Time stands still: what waits for a timer waits for ever. */
const STANDING_CLOCK = { ...systemClock, sleep: () => new Promise<void>(() => {}) };

describe('Lane', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });

  afterEach(() => engine.close());

  function openLane(blocking = engine.client): Lane {
    const { client, keys } = engine;
    const ignore = (): void => {};
    return new Lane({
      queue: 'mail',
      weight: 1,
      concurrency: 1,
      idleSince: () => null,
      worker: 'host:1',
      session: engine.session(),
      waiter: new Waiter({ blocking, commands: client, keys, connectionName: 'none' }),
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

  it('keeps what its wait has brought when an exchange that was under way finds nothing', async () => {
    const others = openEngine();
    const lane = openLane(others.client);
    const gate = `${engine.keys.jobs}-gate`;
    await lane.exchange(1);
    // What is sent on the connection of the exchanges is held up behind this, while the wait has one of its own.
    const held = engine.client.blpop(gate, 0);
    const late = lane.exchange(1);
    const third = openEngine();
    await third.client.hset(engine.keys.jobs, 'a', '{"data":1,"options":{"timestamp":1}}');
    await third.client.lpush(engine.keys.waiting, 'a');
    await until(() => lane.hasMoved, 'the wait brought it');

    await third.client.lpush(gate, 'open');
    await held;
    const found = await late;
    const next = lane.takes(1) ? await lane.exchange(1) : [];

    expect(found).to.deep.equal([]);
    expect(next.map(({ id }) => id)).to.deep.equal(['a']);
    await Promise.all([others.close(), third.close()]);
  });

  it('takes again as soon as a job ends that holds others back by a limit', async () => {
    const { client, keys } = engine;
    const waits = openEngine();
    const lane = openLane(waits.client);
    await writeLimits(client, keys, { limits: { perKey: { concurrency: 1 } }, by: 'spec', at: 1 });
    for (const id of ['a1', 'a2']) await engine.save(id, { key: 'a' });
    const [first] = await lane.exchange(2);
    const before = lane.takes(1);

    if (first) lane.end(first, { kind: 'succeeded', result: 1, resultJson: '1' }, 5);

    expect(before).to.equal(false);
    expect(lane.takes(1)).to.equal(true);
    expect((await lane.exchange(1)).map(({ id }) => id)).to.deep.equal(['a2']);
    await waits.close();
  });
});
