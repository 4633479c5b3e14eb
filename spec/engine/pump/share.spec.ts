import { expect } from 'chai';
import { type Contender, share } from '../../../lib/engine/pump/share.ts';

const contenders = (...weights: number[]): Contender[] =>
  weights.map((weight) => ({ weight, credit: 0, takes: () => true }));

/** How many slots each gets over many rounds of one. */
const totals = (rounds: number, lanes: Contender[], strict = false): number[] => {
  const sums = lanes.map(() => 0);
  for (let round = 0; round < rounds; round++) {
    for (const [index, given] of share(1, lanes, strict).entries()) sums[index] = (sums[index] ?? 0) + given;
  }
  return sums;
};

describe('share', () => {
  it('deals one round out by weight', () => {
    expect(share(6, contenders(3, 2, 1), false)).to.deep.equal([3, 2, 1]);
  });

  it('keeps the weights over many rounds of one slot', () => {
    expect(totals(600, contenders(3, 2, 1))).to.deep.equal([300, 200, 100]);
  });

  it('mixes the lanes instead of serving them in blocks', () => {
    const lanes = contenders(2, 1);
    const order = Array.from({ length: 6 }, () => share(1, lanes, false).indexOf(1));

    expect(order).to.deep.equal([0, 1, 0, 0, 1, 0]);
  });

  it('gives all slots to those that can take them', () => {
    const [first, second] = [...contenders(1), { weight: 9, credit: 0, takes: () => false }];

    expect(share(4, [first, second] as Contender[], false)).to.deep.equal([4, 0]);
  });

  it('pays a lane back what it missed while it could not take', () => {
    const away = { weight: 1, credit: 0, takes: () => false };
    const [there] = contenders(1);
    const lanes = [there, away] as Contender[];
    totals(10, lanes);

    const [, paid] = totals(10, [there, { ...away, takes: () => true }] as Contender[]);

    expect(paid).to.be.above(5);
  });

  it('does not let a lane that was away for long keep the slots to itself for as long', () => {
    const away = { weight: 1, credit: 0, takes: () => false };
    const [there] = contenders(1);
    totals(100_000, [there, away] as Contender[]);

    const back = [there, { weight: 1, credit: away.credit, takes: () => true }] as Contender[];

    expect(totals(10_000, back)[0]).to.be.above(0);
  });

  it('gives nothing when nobody can take', () => {
    const away = { weight: 1, credit: 0, takes: () => false };

    expect(share(3, [away, { ...away }], false)).to.deep.equal([0, 0]);
    expect(share(3, [], false)).to.deep.equal([]);
  });

  it('gives everything to the first when strict', () => {
    expect(share(5, contenders(1, 100), true)).to.deep.equal([5, 0]);
  });

  it('lets nobody past the first when strict, also while that one is asking for more', () => {
    const asking = { weight: 1, credit: 0, takes: () => false };

    expect(share(5, [asking, ...contenders(1)], true)).to.deep.equal([0, 0]);
  });

  it('never gives more than there is', () => {
    for (const slots of [0, 1, 7, 100]) {
      const given = share(slots, contenders(5, 3, 2), false);

      expect(given.reduce((sum, one) => sum + one, 0)).to.equal(slots);
    }
  });
});
