import { expect } from 'chai';
import { systemClock } from '../lib/clock.ts';
import { Repeats } from '../lib/repeats.ts';

describe('Repeats', () => {
  let now: number;
  let repeats: Repeats;

  beforeEach(() => {
    now = 0;
    repeats = new Repeats({ ...systemClock, elapsed: () => now });
  });

  it('lets one a minute through for each cause, and says how many came between', () => {
    expect([repeats.untold('a'), repeats.untold('a'), repeats.untold('b')]).to.deep.equal([0, null, 0]);
    now = 59_999;
    expect(repeats.untold('a')).to.equal(null);
    now = 60_000;
    expect([repeats.untold('a'), repeats.untold('a')]).to.deep.equal([2, null]);
  });

  it('remembers 200 causes and no more', () => {
    for (let cause = 0; cause < 200; cause++) repeats.untold(`cause ${cause}`);
    expect(repeats.untold('cause 0')).to.equal(null);

    repeats.untold('another');

    expect(repeats.untold('cause 0')).to.equal(0);
    expect(repeats.untold('cause 2')).to.equal(null);
  });
});
