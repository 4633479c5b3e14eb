import { expect } from 'chai';
import { type JobRecord, openingOf, parseRecord } from '../../../lib/engine/record/record.ts';
import { type Attempt, type Outcome, settlementArgs } from '../../../lib/engine/record/settlement.ts';
import { ApiaryError } from '../../../lib/errors.ts';

const attemptOf = (record: Partial<JobRecord> = {}, attempt = 1): Attempt => ({
  id: 'a',
  record: { data: 1, options: { timestamp: 0, retries: 2 }, status: 'created', progress: 0, ...record },
  text: null,
  opening: null,
  attempt,
  startedAt: 5_000,
});
const FACTS = { durationMs: 1, worker: 'w' };
const settled = (attempt: Attempt, outcome: Outcome) => {
  const [id, kind, json, extra] = settlementArgs(attempt, outcome, { durationMs: 30, worker: 'host:1' });
  return { id, kind, record: parseRecord(json), extra };
};
const failed = (error: Error): Extract<Outcome, { kind: 'failed' }> => ({
  kind: 'failed',
  error,
  as: 'failed',
});
const retry = (error: Error): Outcome => ({ kind: 'retry', delayMs: 100, error });

describe('settlementArgs', () => {
  it('stores the run, the result and the status of a success', () => {
    const { kind, record, extra } = settled(attemptOf(), {
      kind: 'succeeded',
      result: { n: 1 },
      resultJson: '{"n":1}',
    });

    expect({ kind, extra }).to.deep.equal({ kind: 'S', extra: '{"n":1}' });
    expect(record).to.deep.include({ status: 'succeeded' });
    expect(record?.options).to.deep.include({ result: { n: 1 }, run: [1, 5_000, 30, 'host:1'] });
  });

  it('stores no result where there is none', () => {
    const { record, extra } = settled(attemptOf(), {
      kind: 'succeeded',
      result: undefined,
      resultJson: undefined,
    });

    expect(extra).to.equal('');
    expect(record?.options).not.to.have.property('result');
  });

  it('counts a retry down and says when the next may come', () => {
    const { kind, record, extra } = settled(attemptOf(), retry(new Error('no "luck"')));

    expect({ kind, extra }).to.deep.equal({ kind: 'R', extra: '100 "no \\"luck\\""' });
    expect(record).to.deep.include({ status: 'retrying' });
    expect(record?.options).to.include({ retries: 1 });
  });

  it('keeps name, message, code, time, attempt and stack of an error, where bee-queue looks for the stack', () => {
    const error = new ApiaryError('JOB_TIMED_OUT', 'too long');

    const { record } = settled(attemptOf({}, 2), failed(error));

    expect(record?.options.errors).to.deep.equal([
      {
        name: 'ApiaryError',
        message: 'too long',
        code: 'JOB_TIMED_OUT',
        at: 5_030,
        attempt: 2,
        worker: 'host:1',
        durationMs: 30,
      },
    ]);
    expect(record?.options.stacktraces).to.deep.equal([error.stack]);
  });

  it('keeps where an attempt that is tried again ran, and for how long', () => {
    const { record } = settled(attemptOf(), retry(new Error('no luck')));

    expect(record?.options.errors?.[0]).to.include({ worker: 'host:1', durationMs: 30 });
  });

  it('keeps no place and no duration where no attempt was made', () => {
    const { record } = settled(attemptOf(), { ...failed(new Error('lost')), unstarted: true });

    expect(record?.options.errors).to.deep.equal([{ name: 'Error', message: 'lost', at: 5_030, attempt: 1 }]);
  });

  it('has no error come before the last line of the log', () => {
    const logs = [{ at: 5_031, level: 'info', message: 'tries' } as const];
    const attempt = attemptOf({ options: { timestamp: 0, retries: 2, logs } });

    const { record } = settled(attempt, failed(new Error('no luck')));

    expect(record?.options.errors?.[0]).to.include({ at: 5_031 });
  });

  it('keeps the last ten errors, newest first', () => {
    const attempt = attemptOf();
    for (let run = 1; run <= 12; run++)
      settled({ ...attempt, attempt: run }, retry(new Error(`failure ${run}`)));

    const { errors = [], stacktraces = [] } = attempt.record.options;

    expect(errors.map(({ message }) => message)).to.deep.equal(
      Array.from({ length: 10 }, (_, at) => `failure ${12 - at}`),
    );
    expect(stacktraces).to.have.length(10);
  });

  it('cuts a long message and a long stack', () => {
    const error = new Error('x'.repeat(100_000));

    const { record, extra } = settled(attemptOf(), failed(error));

    expect(record?.options.errors?.[0]?.message).to.have.length(4_000);
    expect(record?.options.stacktraces?.[0]).to.have.length(4_000);
    expect(extra.length).to.be.below(5_000);
  });

  it('says how a job failed when it is not by failing', () => {
    const error = new Error('gone');

    expect(settled(attemptOf(), failed(error)).record?.options).not.to.have.property('outcome');
    const discarded = settled(attemptOf(), { kind: 'failed', error, as: 'discarded' });
    expect(discarded.record?.options).to.include({ outcome: 'discarded' });
  });

  for (const [outcome, key] of [
    [{ kind: 'succeeded', result: 1, resultJson: '1' }, 'k'],
    [failed(new Error('no luck')), 'k'],
    [retry(new Error('no luck')), undefined],
    [{ kind: 'snoozed', delayMs: 1 }, undefined],
    [{ kind: 'interrupted' }, undefined],
  ] as [Outcome, string | undefined][]) {
    it(`${key ? 'lets go of' : 'keeps'} the unique key of a job whose attempt is ${outcome.kind}`, () => {
      const attempt = attemptOf();
      attempt.record.options.unique = { key: 'k' };

      expect(settlementArgs(attempt, outcome, FACTS)[4]).to.equal(key);
    });
  }

  it('leaves the record of a job that was put off or interrupted untouched', () => {
    expect(settlementArgs(attemptOf(), { kind: 'snoozed', delayMs: 7.6 }, FACTS)).to.deep.equal([
      'a',
      'W',
      '',
      '8',
    ]);
    expect(settlementArgs(attemptOf(), { kind: 'interrupted' }, FACTS)).to.deep.equal(['a', 'I', '', '']);
  });

  for (const isLimited of [false, true]) {
    it(`writes the end of a first success of a job ${isLimited ? 'under limits ' : ''}as the whole would be`, () => {
      const { data, options, ...others } = attemptOf().record;
      const record = isLimited ? { options, data, ...others } : { data, options, ...others };
      const text = JSON.stringify(record);
      const outcome: Outcome = { kind: 'succeeded', result: { n: 1 }, resultJson: '{"n":1}' };

      const opening = openingOf(text, record);
      const [, , cutOpen] = settlementArgs({ ...attemptOf(), text, record, opening }, outcome, FACTS);
      const [, , whole] = settlementArgs({ ...attemptOf(), text, record, opening: null }, outcome, FACTS);

      expect(opening).to.not.equal(null);
      expect(cutOpen).to.equal(whole);
    });
  }

  it('writes no record of a success where none is kept', () => {
    const outcome: Outcome = { kind: 'succeeded', result: 1, resultJson: '1' };

    expect(settlementArgs(attemptOf(), outcome, { ...FACTS, keepsSucceeded: false })).to.deep.equal([
      'a',
      'S',
      '',
      '1',
    ]);
  });
});
