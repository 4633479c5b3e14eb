import { expect } from 'chai';
import { type RetentionOptions, resolveRetention } from '../../lib/worker/retention.ts';

const DAY_MS = 86_400_000;

describe('resolveRetention', () => {
  it('keeps a thousand succeeded jobs for a day and ten thousand failed ones for ninety', () => {
    expect(resolveRetention({})).to.deep.equal({
      keepSucceeded: 1_000,
      keepFailed: 10_000,
      succeededMs: DAY_MS,
      failedMs: 90 * DAY_MS,
    });
  });

  it('lets each be said by itself, and none and all too', () => {
    const given = { succeeded: { count: 0 }, failed: { count: Number.POSITIVE_INFINITY, ageMs: 5 } };

    expect(resolveRetention(given)).to.deep.equal({
      keepSucceeded: 0,
      keepFailed: -1,
      succeededMs: DAY_MS,
      failedMs: 5,
    });
  });

  for (const [name, given] of [
    ['succeeded.count', { succeeded: { count: -1 } }],
    ['succeeded.count', { succeeded: { count: 1.5 } }],
    ['failed.ageMs', { failed: { ageMs: Number.NaN } }],
    ['failed.ageMs', { failed: { ageMs: -5 } }],
  ] as [string, RetentionOptions][]) {
    it(`refuses ${JSON.stringify(given)} by name`, () => {
      expect(() => resolveRetention(given))
        .to.throw(`retention.${name}`)
        .with.property('code', 'CONFIG_INVALID');
    });
  }
});
