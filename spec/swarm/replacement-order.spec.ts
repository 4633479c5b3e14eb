import { expect } from 'chai';
import { nextToReplace, type ReplaceablePlace } from '../../lib/swarm/replacement-order.ts';

/** Replaces one after the other until none is left, as many times as there may be; the numbers in their order. */
function order(places: { number: number; round: number }[], round: number): number[] {
  const replaced: number[] = [];
  for (let next = nextToReplace(places, round); next; next = nextToReplace(places, round)) {
    replaced.push(next.number);
    next.round = round;
    if (replaced.length > places.length) break;
  }
  return replaced;
}

const places = (...rounds: number[]) => rounds.map((round, at) => ({ number: at + 1, round }));

describe('the order in which worker processes are replaced', () => {
  it('is that of their numbers, each once', () => {
    expect(order(places(1, 1, 1), 2)).to.deep.equal([1, 2, 3]);
  });

  it('begins with the oldest, and passes over those that are of the round', () => {
    expect(order(places(2, 3, 1, 2), 3)).to.deep.equal([3, 1, 4]);
  });

  it('is of nobody when all are new, and in a swarm of none', () => {
    expect(nextToReplace(places(2, 3), 2)).to.be.null;
    expect(nextToReplace([], 9)).to.be.null;
  });

  it('leaves the list as it was', () => {
    const given: readonly ReplaceablePlace[] = Object.freeze(places(2, 1));

    expect(nextToReplace(given, 3)).to.equal(given[1]);
  });
});
