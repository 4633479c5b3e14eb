import { expect } from 'chai';
import { limitsText } from '../../lib/inspector/limits-text.ts';

describe('limits in words', () => {
  it('say those of the queue, those per key, and the turns', () => {
    const text = limitsText({
      concurrency: 50,
      rate: { count: 100, perMs: 1_000, burst: 20 },
      perKey: { concurrency: 5, rate: { count: 1, perMs: 60_000 } },
      fair: true,
    });

    expect(text).to.equal(
      '50 at a time, 100 starts per 1 s in bursts of 20; per key 5 at a time, 1 start per 1 min; keys take turns',
    );
  });

  it('leave out what is not limited', () => {
    expect(limitsText({ fair: true })).to.equal('keys take turns');
    expect(limitsText({ maxWaiting: 20_000, concurrency: 5 })).to.equal('5 at a time; 20,000 may wait');
    expect(limitsText({ rate: { count: 2, perMs: 500 }, fair: false })).to.equal('2 starts per 500 ms');
  });
});
