import { expect } from 'chai';
import { type RetryFacts, retryDelayMs } from '../../../lib/engine/pump/backoff.ts';
import type { StoredOptions } from '../../../lib/engine/record/record.ts';

const delayOf = (options: Partial<StoredOptions>, attempt = 1, changes: Partial<RetryFacts> = {}): number =>
  retryDelayMs({
    options: { timestamp: 0, ...options },
    attempt,
    error: new Error('no luck'),
    random: () => 0.5,
    ownStrategy: () => undefined,
    ...changes,
  });
const backoff = (strategy: string, more: object = {}): Partial<StoredOptions> => ({
  backoff: { strategy, delay: 100, ...more },
});

describe('retryDelayMs', () => {
  it('doubles an exponential delay with each attempt', () => {
    expect([1, 2, 3, 4].map((attempt) => delayOf(backoff('exponential'), attempt))).to.deep.equal([
      100, 200, 400, 800,
    ]);
  });

  it('caps an exponential delay, however many attempts there were', () => {
    const options = backoff('exponential', { maxDelay: 500 });

    expect([3, 4, 1_000_000].map((attempt) => delayOf(options, attempt))).to.deep.equal([400, 500, 500]);
  });

  it('caps an exponential delay that names no cap at one hour', () => {
    expect(delayOf(backoff('exponential'), 60)).to.equal(3_600_000);
  });

  it('keeps a fixed delay, also one above the cap of the exponential', () => {
    expect(delayOf({ backoff: { strategy: 'fixed', delay: 7_200_000 } }, 9)).to.equal(7_200_000);
  });

  it('waits a random part of the delay with full jitter', () => {
    const options = backoff('exponential', { jitter: true });

    expect(delayOf(options, 3, { random: () => 0 })).to.equal(0);
    expect(delayOf(options, 3, { random: () => 0.25 })).to.equal(100);
    expect(delayOf(options, 3, { random: () => 0.999 })).to.equal(400);
  });

  it('leaves only so much of the delay to chance as the jitter says', () => {
    const waits = (jitter: number): number[] =>
      [0, 0.5, 1].map((chance) => delayOf(backoff('fixed', { jitter }), 1, { random: () => chance }));

    expect(waits(0)).to.deep.equal([100, 100, 100]);
    expect(waits(0.2)).to.deep.equal([80, 90, 100]);
    expect(waits(1)).to.deep.equal([0, 50, 100]);
  });

  for (const [jitter, least] of [
    [7, 0],
    [-7, 100],
    ['many', 0],
    [null, 100],
    [{ valueOf: 1, toString: 1 }, 0],
  ]) {
    it(`waits ${least} ms at least where another program stored ${JSON.stringify(jitter)} for jitter`, () => {
      expect(delayOf(backoff('fixed', { jitter }), 1, { random: () => 0 })).to.equal(least);
    });
  }

  it('gives a job of ours that names none exponential from 1 s to 1 h with full jitter', () => {
    const delays = [1, 2, 3, 30].map((attempt) => delayOf({ type: 'email.send' }, attempt));

    expect(delays).to.deep.equal([500, 1_000, 2_000, 1_800_000]);
  });

  it('tries a job of a stock producer that names none again at once', () => {
    expect(delayOf({}, 5)).to.equal(0);
    expect(delayOf(backoff('immediate'), 5)).to.equal(0);
  });

  it('asks for a strategy that is registered elsewhere', () => {
    const ownStrategy = (name: string): number | undefined => (name === 'mine' ? 42 : undefined);

    expect(delayOf(backoff('mine'), 1, { ownStrategy })).to.equal(42);
  });

  it('gives up on a strategy that nobody knows', () => {
    expect(delayOf(backoff('unheard-of'))).to.be.below(0);
  });
});
