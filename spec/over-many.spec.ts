import { expect } from 'chai';
import { type Clock, systemClock as clock } from '../lib/clock.ts';
import { overMany } from '../lib/over-many.ts';

describe('going over many', () => {
  const NUMBERS = Array.from({ length: 100 }, (_, at) => at);

  it('has no more under way than it may', async () => {
    let underWay = 0;
    let most = 0;
    const visit = async (): Promise<void> => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
    };

    const { done } = await overMany(NUMBERS, visit, { clock, atOnce: 7 });

    expect([done.length, most]).to.deep.equal([100, 7]);
  });

  it('goes on after one that fails, and tells of it in order', async () => {
    const visit = async (one: number): Promise<number> => {
      if (one % 50 === 1) throw new Error(`no ${one}`);
      return -one;
    };

    const { done, failed, leftOut } = await overMany(NUMBERS, visit, { clock });

    expect(done.map(([one]) => one)).to.deep.equal(NUMBERS.filter((one) => one % 50 !== 1));
    expect(failed.map(([one, error]) => [one, String(error)])).to.deep.equal([
      [1, 'Error: no 1'],
      [51, 'Error: no 51'],
    ]);
    expect(leftOut).to.deep.equal([]);
  });

  it('begins nothing more after an error that is about none of them, and rejects with it', async () => {
    let begun = 0;
    const away = new Error('away');
    const visit = async (): Promise<void> => {
      begun++;
      throw away;
    };

    const rejected = await overMany(NUMBERS, visit, { clock, atOnce: 3, isFatal: () => true }).catch(
      (e) => e,
    );

    expect([rejected, begun]).to.deep.equal([away, 3]);
  });

  it('stops when its time is over, and says what is left', async () => {
    let endTime = (): void => {};
    const sleep: Clock['sleep'] = () => new Promise((resolve) => (endTime = resolve));
    let begun = 0;
    const visit = (one: number): Promise<number> => {
      begun++;
      if (one < 10) return Promise.resolve(one);
      endTime();
      return new Promise(() => {});
    };

    const { done, leftOut } = await overMany(NUMBERS, visit, {
      clock: { ...clock, sleep },
      atOnce: 2,
      withinMs: 1_000,
    });

    expect([done.length, leftOut.length, begun]).to.deep.equal([10, 90, 12]);
  });

  it('does nothing for nothing', async () => {
    const none = { done: [], failed: [], leftOut: [] };

    expect(await overMany([], () => Promise.reject(new Error('x')), { clock })).to.deep.equal(none);
  });
});
