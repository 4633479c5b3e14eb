import { expect } from 'chai';
import { ApiaryError, DiscardJob, RetryAfter, RetryLater } from '../../../lib/errors.ts';
import { packError, unpackError } from '../../../lib/worker/isolate/sent-error.ts';
import { HOSTILE } from '../../support/hostile.ts';

/** As it arrives elsewhere. */
const sent = (thrown: unknown): Error => unpackError(structuredClone(packError(thrown)));

describe('an error that is sent to another thread or process', () => {
  it('keeps what it says, where it was thrown, its causes, its parts and its plain fields', () => {
    const cause = new RangeError('beneath', { cause: 'a text' });
    const thrown = Object.assign(new TypeError('above', { cause }), { code: 'E1', status: 418, isOdd: true });

    const made = sent(thrown);
    const many = sent(new AggregateError([new Error('one'), 'two'], 'many'));

    expect(made).to.include({ name: 'TypeError', message: 'above', code: 'E1', status: 418, isOdd: true });
    expect(made.stack).to.equal(thrown.stack);
    expect(made.cause).to.include({ name: 'RangeError', message: 'beneath', cause: 'a text' });
    expect(Reflect.get(many, 'errors')).to.have.nested.property('[1].message', 'two');
  });

  it('means the same to the worker', () => {
    const problems = [{ path: 'to', message: 'is missing' }];

    expect(sent(new DiscardJob('never'))).to.be.instanceOf(DiscardJob);
    expect(sent(new RetryLater(5, 'soon', { holds: 'key' }))).to.include({
      delayMs: 5,
      holds: 'key',
      message: 'soon',
    });
    expect(sent(new RetryAfter('then', 7, { holds: 'queue' }))).to.include({ delayMs: 7, holds: 'queue' });
    expect(sent(new RetryAfter('then', 7)))
      .to.be.instanceOf(RetryAfter)
      .and.to.include({ holds: null });
    expect(sent(new ApiaryError('JOB_INVALID', 'wrong', { problems }))).to.deep.include({
      ...{ code: 'JOB_INVALID', message: 'wrong', problems },
    });
  });

  it('is bounded: in depth, in length, in fields', () => {
    const circle = new Error('round');
    circle.cause = circle;
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`field${at}`, at]));
    const long = Object.assign(new Error('x'.repeat(1_000_000)), fields);

    const packed = packError(long);

    expect(sent(circle)).to.include({ message: 'round' });
    expect(packed.message).to.have.length(100_000);
    expect(Object.keys(packed.fields)).to.have.length(20);
  });

  it('is an error whatever was thrown', () => {
    for (const [name, make] of Object.entries(HOSTILE)) expect(sent(make()), name).to.be.instanceOf(Error);
  });
});
