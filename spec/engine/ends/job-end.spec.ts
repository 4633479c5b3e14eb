import { expect } from 'chai';
import { endInMessage, type JobEnd, endInRecord as readEnd } from '../../../lib/engine/ends/job-end.ts';
import { UNSEALED } from '../../support/encryption.ts';

const endInRecord = (state: 'succeeded' | 'failed', raw: string): JobEnd =>
  readEnd(state, raw, { sealing: UNSEALED, id: 'a' });
const record = (options: object): string => JSON.stringify({ data: 1, options, status: '', progress: 0 });

describe('endInRecord', () => {
  it('reads the result', () => {
    expect(endInRecord('succeeded', record({ result: [1] }))).to.deep.equal({
      outcome: 'succeeded',
      result: [1],
    });
  });

  it('reads null where there is no result', () => {
    expect(endInRecord('succeeded', record({}))).to.deep.equal({ outcome: 'succeeded', result: null });
  });

  it('reads the newest error', () => {
    const errors = [
      { name: 'B', message: 'last', code: 'E', at: 2, attempt: 2 },
      { name: 'A', message: 'first', at: 1, attempt: 1 },
    ];

    expect(endInRecord('failed', record({ errors, stacktraces: ['B: last\n at'] }))).to.deep.equal({
      outcome: 'failed',
      error: { name: 'B', message: 'last', code: 'E' },
    });
  });

  for (const outcome of ['discarded', 'cancelled', 'expired', 'lost']) {
    it(`reads the outcome ${outcome}`, () => {
      expect(endInRecord('failed', record({ outcome }))).to.include({ outcome });
    });
  }

  it('reads of a job that a stock worker failed the first line of the stack', () => {
    expect(endInRecord('failed', record({ stacktraces: ['Error: why\n    at x'] }))).to.deep.equal({
      outcome: 'failed',
      error: { name: 'Error', message: 'Error: why' },
    });
  });

  for (const options of [
    {},
    { errors: {} },
    { errors: [null] },
    { errors: [{}], stacktraces: null },
    { errors: [7], stacktraces: {} },
  ]) {
    it(`makes do with ${JSON.stringify(options)}`, () => {
      expect(endInRecord('failed', record(options))).to.deep.equal({
        outcome: 'failed',
        error: { name: 'Error', message: '' },
      });
    });
  }

  it('makes do with what is no text and no record', () => {
    const message = { toString: 1 };

    expect(endInRecord('failed', record({ errors: [{ message }] }))).to.have.nested.property(
      'error.message',
      '{"toString":1}',
    );
    expect(endInRecord('succeeded', 'x')).to.deep.equal({ outcome: 'succeeded', result: null });
    expect(endInRecord('failed', 'null')).to.have.property('outcome', 'failed');
  });
});

describe('endInMessage', () => {
  it('reads result and error message', () => {
    expect(endInMessage({ id: '1', event: 'succeeded', data: 5 })).to.deep.equal({
      outcome: 'succeeded',
      result: 5,
    });
    expect(endInMessage({ id: '1', event: 'succeeded', data: undefined })).to.have.property('result', null);
    expect(endInMessage({ id: '1', event: 'failed', data: new Error('why') })).to.deep.equal({
      outcome: 'failed',
      error: { name: 'Error', message: 'why' },
    });
  });

  it('takes progress and a retry for no end', () => {
    expect(endInMessage({ id: '1', event: 'progress', data: 1 })).to.equal(null);
    expect(endInMessage({ id: '1', event: 'retrying', data: new Error('why') })).to.equal(null);
  });
});
