import { expect } from 'chai';
import { MOST_SHARDS, shardName, shardNames, shardOf } from '../../lib/shards/route.ts';

const TEXTS = Array.from({ length: 20_000 }, (_, at) => `customer-${at}`);

describe('the way to a shard', () => {
  it('is the same for good: jobs that are stored are found by it', () => {
    const places = ['', 'a', 'customer-7', 'ключ', '🐝', 'x'.repeat(256)].map((text) => shardOf(text, 64));
    expect(places).to.deep.equal([45, 27, 24, 57, 55, 31]);
  });

  it('is always one of those that there are', () => {
    for (let shards = 1; shards <= MOST_SHARDS; shards++)
      for (const text of ['', '\u0000', '\ud800', '🐝'.repeat(1_000), '-1', 'NaN'])
        expect(shardOf(text, shards)).to.be.within(0, shards - 1);
  });

  for (const shards of [2, 3, 4, 16, 64]) {
    it(`leads to ${shards} shards evenly`, () => {
      const counts = Array.from({ length: shards }, () => 0);
      for (const text of TEXTS) {
        const at = shardOf(text, shards);
        counts[at] = (counts[at] ?? 0) + 1;
      }
      const mean = TEXTS.length / shards;
      // Five times the spread that chance has.
      for (const count of counts) expect(Math.abs(count - mean)).to.be.below(5 * Math.sqrt(mean));
    });
  }

  it('stays when shards are added, but for what the new ones take', () => {
    let moved = 0;
    for (const text of TEXTS) {
      const [before, after] = [shardOf(text, 4), shardOf(text, 6)];
      if (before === after) continue;
      moved++;
      expect(after).to.be.at.least(4);
    }
    expect(moved / TEXTS.length).to.be.closeTo(1 / 3, 0.03);
  });

  it('has a name for each, the first of which is that of the queue', () => {
    expect(shardNames('mail', 3)).to.deep.equal(['mail', 'mail~1', 'mail~2']);
    expect(shardName('mail', 63)).to.equal('mail~63');
  });
});
