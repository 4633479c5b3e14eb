import { expect } from 'chai';
import { type AttemptFacts, decide, type Ending } from '../../../lib/engine/pump/outcome.ts';
import type { StoredOptions } from '../../../lib/engine/record/record.ts';
import type { Outcome } from '../../../lib/engine/record/settlement.ts';
import { ApiaryError, DiscardJob, RetryAfter, RetryLater } from '../../../lib/errors.ts';

const FIXED: Partial<StoredOptions> = { backoff: { strategy: 'fixed', delay: 100 } };
const outcomeOf = (ending: Ending, options: Partial<StoredOptions> = {}, facts: Partial<AttemptFacts> = {}) =>
  decide(
    {
      options: { timestamp: 0, ...options },
      attempt: 1,
      abortReason: null,
      bound: { limitMs: 50, reason: 'timeout' },
      now: 1_000,
      ...facts,
    },
    ending,
    () => 0.5,
  );
const returned = (value: unknown): Ending => ({ kind: 'returned', value });
const threw = (thrown: unknown): Ending => ({ kind: 'threw', thrown });
const errorOf = (outcome: Outcome): Error =>
  'error' in outcome ? outcome.error : expect.fail(`${outcome.kind} carries no error`);

describe('decide', () => {
  it('takes what a handler returned as the result', () => {
    const outcome = outcomeOf(returned({ sent: 2 }));

    expect(outcome).to.deep.equal({ kind: 'succeeded', result: { sent: 2 }, resultJson: '{"sent":2}' });
  });

  it('takes nothing for a result like any other', () => {
    expect(outcomeOf(returned(undefined))).to.include({ kind: 'succeeded', resultJson: undefined });
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  for (const [name, value] of [
    ['a circular object', circular],
    ['a BigInt', 10n],
    [
      'an object whose toJSON throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
  ] as const) {
    it(`fails an attempt that returned ${name}`, () => {
      const outcome = outcomeOf(returned(value), { retries: 1, ...FIXED });

      expect(outcome.kind).to.equal('retry');
      expect(errorOf(outcome)).to.be.instanceOf(ApiaryError).and.include({ code: 'RESULT_UNSERIALISABLE' });
    });
  }

  for (const thrown of [undefined, null, false, 0, '', Number.NaN]) {
    it(`fails an attempt that threw ${JSON.stringify(thrown) ?? 'undefined'}`, () => {
      const outcome = outcomeOf(threw(thrown));

      expect(outcome).to.include({ kind: 'failed', as: 'failed' });
      expect(errorOf(outcome)).to.be.instanceOf(Error);
    });
  }

  it('retries after the delay that the back-off gives', () => {
    const error = new Error('no luck');

    expect(outcomeOf(threw(error), { retries: 1, ...FIXED })).to.deep.equal({
      kind: 'retry',
      delayMs: 100,
      error,
    });
  });

  it('fails for good when no retries are left', () => {
    const error = new Error('no luck');

    expect(outcomeOf(threw(error), { retries: 0 })).to.deep.equal({ kind: 'failed', error, as: 'failed' });
    expect(outcomeOf(threw(error))).to.deep.equal({ kind: 'failed', error, as: 'failed' });
  });

  it('fails for good when the strategy gives up', () => {
    const options = { retries: 5, backoff: { strategy: 'mine', delay: 0 } };

    expect(outcomeOf(threw(new Error('no')), options, { ownStrategy: () => -1 }).kind).to.equal('failed');
  });

  it('spends no retries on a job that its handler discards', () => {
    const error = new DiscardJob('the user is gone');

    expect(outcomeOf(threw(error), { retries: 5 })).to.deep.equal({ kind: 'failed', error, as: 'discarded' });
  });

  it('puts off a job whose handler asks for it', () => {
    expect(outcomeOf(threw(new RetryLater(2_000)), { retries: 0 })).to.deep.equal({
      kind: 'snoozed',
      delayMs: 2_000,
    });
  });

  it('lets RetryAfter lengthen the delay of the back-off and never shorten it', () => {
    const longer = outcomeOf(threw(new RetryAfter('busy', 5_000)), { retries: 1, ...FIXED });
    const shorter = outcomeOf(threw(new RetryAfter('busy', 5)), { retries: 1, ...FIXED });

    expect(longer).to.include({ kind: 'retry', delayMs: 5_000 });
    expect(shorter).to.include({ kind: 'retry', delayMs: 100 });
  });

  it('fails RetryAfter for good when no retries are left', () => {
    expect(outcomeOf(threw(new RetryAfter('busy', 5)), { retries: 0 }).kind).to.equal('failed');
  });

  for (const ending of [returned('late'), threw(new Error('aborted')), threw(new RetryLater(1))]) {
    it(`counts a timeout as a failure when the handler ${ending.kind} after it`, () => {
      const outcome = outcomeOf(ending, { retries: 0 }, { abortReason: 'timeout' });

      expect(errorOf(outcome)).to.include({
        code: 'JOB_TIMED_OUT',
        message: 'the attempt ran longer than 50 ms',
      });
    });
  }

  it('takes a throw after the abort of a shutdown for an interruption', () => {
    const outcome = outcomeOf(threw(new Error('aborted')), { retries: 0 }, { abortReason: 'shutdown' });

    expect(outcome).to.deep.equal({ kind: 'interrupted' });
  });

  it('takes a return after the abort of a shutdown for the success it is', () => {
    expect(outcomeOf(returned(1), {}, { abortReason: 'shutdown' }).kind).to.equal('succeeded');
  });

  for (const ending of [returned(1), threw(new Error('aborted')), threw(new RetryLater(5))]) {
    it(`ends a cancelled job as cancelled, retries or not, when its handler ${ending.kind}`, () => {
      const outcome = outcomeOf(ending, { retries: 5 }, { abortReason: 'cancelled' });

      expect(outcome).to.include({ kind: 'failed', as: 'cancelled' });
      expect(errorOf(outcome)).to.include({ code: 'JOB_CANCELLED' });
    });
  }

  it('ends a job as expired that ran past its deadline, retries or not', () => {
    const outcome = outcomeOf(threw(new Error('aborted')), { retries: 5 }, { abortReason: 'deadline' });

    expect(outcome).to.include({ kind: 'failed', as: 'expired' });
    expect(errorOf(outcome)).to.include({ code: 'JOB_EXPIRED' });
  });

  for (const name of ['expiresAt', 'deadlineAt'] as const) {
    it(`fails for good when the next attempt would come at or after ${name}`, () => {
      const error = new Error('no luck');
      const facts = { now: 1_000 };

      const before = outcomeOf(threw(error), { retries: 1, ...FIXED, [name]: 1_101 }, facts);
      const after = outcomeOf(threw(error), { retries: 1, ...FIXED, [name]: 1_100 }, facts);

      expect(before).to.deep.equal({ kind: 'retry', delayMs: 100, error });
      expect(after).to.deep.equal({ kind: 'failed', error, as: 'failed' });
    });
  }
});
