import { expect } from 'chai';
import { type Clock, systemClock } from '../lib/clock.ts';
import { every, type Loop } from '../lib/loop.ts';
import { until } from './support/wait.ts';

/** A clock whose sleeps end at once, and are written down. */
const hurried = (random = 0.5): { clock: Clock; slept: number[] } => {
  const slept: number[] = [];
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    slept.push(ms);
    await systemClock.sleep(1, signal);
  };
  return { clock: { ...systemClock, random: () => random, sleep }, slept };
};

describe('every', () => {
  let loop: Loop | null = null;
  afterEach(() => loop?.stop());

  const start = (
    runOnce: () => Promise<void>,
    clock: Clock,
    onError: (error: unknown) => void = () => {},
  ): Loop => {
    loop = every({ intervalMs: 1_000, runOnce, onError, clock });
    return loop;
  };

  it('runs again and again', async () => {
    let runs = 0;
    const runOnce = async (): Promise<void> => {
      runs++;
    };

    start(runOnce, hurried().clock);

    await until(() => runs >= 3, 'it ran three times');
  });

  for (const [random, pauseMs] of [
    [0, 900],
    [0.5, 1_000],
    [1, 1_100],
  ] as const) {
    it(`pauses ${pauseMs} of 1,000 ms where chance gives ${random}`, async () => {
      const { clock, slept } = hurried(random);

      start(async () => {}, clock);

      await until(() => slept.length > 0, 'it paused');
      expect(slept[0]).to.be.closeTo(pauseMs, 0.001);
    });
  }

  it('pauses before the first run', async () => {
    let runs = 0;
    const stopped = every({
      intervalMs: 60_000,
      runOnce: async () => {
        runs++;
      },
      onError: () => {},
      clock: systemClock,
    });

    await stopped.stop();

    expect(runs).to.equal(0);
  });

  it('never has two runs at a time', async () => {
    let [running, most, runs] = [0, 0, 0];
    const runOnce = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await systemClock.sleep(3, new AbortController().signal);
      running--;
      runs++;
    };

    start(runOnce, hurried().clock);

    await until(() => runs >= 3, 'it ran three times');
    expect(most).to.equal(1);
  });

  it('goes on after a run that failed, and tells of it', async () => {
    const errors: unknown[] = [];
    const error = new Error('no luck');

    start(
      () => Promise.reject(error),
      hurried().clock,
      (told) => errors.push(told),
    );

    await until(() => errors.length >= 2, 'it failed twice');
    expect(errors[0]).to.equal(error);
  });

  it('resolves its stop when the run under way has ended, and runs no more', async () => {
    const order: string[] = [];
    let end = (): void => {};
    const runOnce = (): Promise<void> => {
      order.push('begun');
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    const started = start(runOnce, hurried().clock);
    await until(() => order.length > 0, 'a run began');

    const stopped = started.stop().then(() => order.push('stopped'));
    order.push('ending');
    end();
    await stopped;

    expect(order).to.deep.equal(['begun', 'ending', 'stopped']);
  });

  it('stops twice without harm', async () => {
    const started = start(async () => {}, hurried().clock);

    await Promise.all([started.stop(), started.stop()]);
    await started.stop();
  });
});
