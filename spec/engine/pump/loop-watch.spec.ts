import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { ActiveJob } from '../../../lib/engine/pump/active-job.ts';
import { type Blocked, LoopWatch } from '../../../lib/engine/pump/loop-watch.ts';
import { toTaken } from '../../../lib/engine/session/taken.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';

const LEAST_MS = 3_000;

describe('LoopWatch', () => {
  let engine: SpecEngine;
  let now: number;
  let wake: () => void;
  let told: Blocked[];
  let running: ActiveJob[];
  let watch: LoopWatch;

  beforeEach(() => {
    engine = openEngine();
    now = 0;
    told = [];
    running = [];
    const sleep = () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      });
    const clock = { ...systemClock, elapsed: () => now, sleep };
    const onBlocked = (blocked: Blocked): void => void told.push(blocked);
    watch = new LoopWatch({ clock, leastMs: LEAST_MS, running: () => running, onBlocked });
    watch.start();
  });
  afterEach(() => engine.close());

  function begin(id: string): ActiveJob {
    const job = new ActiveJob('mail', toTaken(id, null, 0), engine.session());
    job.begin(now);
    return job;
  }

  async function wakeAfter(ms: number): Promise<void> {
    now += ms;
    wake();
    await new Promise(setImmediate);
  }

  it('says nothing while the loop turns, nor of short stops', async () => {
    for (const ms of [500, 520, 2_000, 500 + LEAST_MS - 1]) await wakeAfter(ms);

    expect(told).to.deep.equal([]);
  });

  it('tells for how long it stood still, and what ran then and runs on', async () => {
    running = [begin('a')];
    await wakeAfter(12_500);

    expect(told.map(({ blockedMs }) => blockedMs)).to.deep.equal([12_000]);
    expect(told[0]?.jobs.map(({ id }) => id)).to.deep.equal(['a']);
  });

  it('names what ended before anything else could run, and nothing that began after', async () => {
    const blocker = begin('blocker');
    now += 12_000;
    watch.ended(blocker, 12_000);
    watch.ended(begin('quick'), 5);
    running = [begin('next')];
    await wakeAfter(500);

    expect(told[0]?.jobs.map(({ id }) => id)).to.deep.equal(['blocker']);
  });

  it('forgets what ended before the last look', async () => {
    const long = begin('long');
    watch.ended(long, 60_000);
    await wakeAfter(500);
    await wakeAfter(5_000);

    expect(told[0]?.jobs).to.deep.equal([]);
  });
});
