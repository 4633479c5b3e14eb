import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { messageOf, readError } from '../lib/error-facts.ts';
import { ApiaryError, coerceError, DiscardJob, RetryAfter, RetryLater } from '../lib/errors.ts';
import { HOSTILE } from './support/hostile.ts';
import { moduleUrl } from './support/program.ts';

/** The same module once more, as a second copy of the package would have it. */
type Errors = typeof import('../lib/errors.ts');
const copied = (): Promise<Errors> =>
  // A query makes another module of the same file; no type knows such a path.
  import(`${moduleUrl('lib/errors.ts')}?copy`) as Promise<Errors>;

describe('the errors of another copy of the package', () => {
  it('are known for what they are, and for nothing else', async () => {
    const other = await copied();
    expect(other.DiscardJob).not.to.equal(DiscardJob);
    const ours = { ApiaryError, DiscardJob, RetryLater, RetryAfter };
    const theirs = {
      ApiaryError: new other.ApiaryError('JOB_LOST', 'x'),
      DiscardJob: new other.DiscardJob('x'),
      RetryLater: new other.RetryLater(5),
      RetryAfter: new other.RetryAfter('x', 5),
    };

    for (const [name, error] of Object.entries(theirs)) {
      const known = Object.entries(ours).filter(([, one]) => error instanceof one);
      expect(known.map(([one]) => one)).to.deep.equal([name]);
    }
  });

  it('may be of classes derived from ours, which stay classes of their own', () => {
    class Gone extends DiscardJob {}
    class GoneForGood extends Gone {}

    expect(new GoneForGood('x')).to.be.instanceOf(DiscardJob).and.instanceOf(Gone);
    expect(new DiscardJob('x')).not.to.be.instanceOf(Gone);
    expect(new Error('x')).not.to.be.instanceOf(DiscardJob);
  });
});

describe('coerceError', () => {
  it('returns an Error as it is, of whatever realm', () => {
    for (const error of [new TypeError('x'), new DiscardJob('x'), runInNewContext('new RangeError("x")')]) {
      expect(coerceError(error)).to.equal(error);
    }
  });

  it('keeps what has the shape of an error', () => {
    const thrown = { message: 'no route', code: 'E_ROUTE', name: 'RouteError', details: 5 };

    const error = coerceError(thrown);

    expect(error).to.be.instanceOf(Error);
    expect(error).to.include({ message: 'no route', code: 'E_ROUTE', name: 'RouteError', cause: thrown });
    expect(readError(error)).to.deep.include({ message: 'no route', causes: [] });
  });

  it('makes an Error that anybody can read of anything', () => {
    for (const [name, make] of Object.entries(HOSTILE)) {
      const error = coerceError(make());
      expect(error.message, name).to.be.a('string');
      expect(readError(error).message, name).not.to.equal('');
      expect(error.name, name).to.be.a('string');
      expect(String(error.stack), name).to.be.a('string');
    }
  });
});

describe('readError', () => {
  it('keeps the causes and the parts, nearest first', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const both = new AggregateError([refused, new RangeError('far')], '');
    const { causes, stack } = readError(new TypeError('fetch failed', { cause: both }));

    expect(causes).to.deep.equal([
      { name: 'AggregateError', message: '' },
      { name: 'Error', message: 'connect ECONNREFUSED 127.0.0.1:1', code: 'ECONNREFUSED' },
      { name: 'RangeError', message: 'far' },
    ]);
    expect(stack).to.match(
      /^TypeError: fetch failed.*\nCaused by: AggregateError.*ECONNREFUSED.*RangeError: far/s,
    );
  });

  it('lets one that says nothing itself say what its parts do', () => {
    expect(messageOf(new AggregateError([new Error('one'), new Error('two')], ''))).to.equal('one; two');
  });

  it('reads five causes at most, and each once', () => {
    const circle: Error & { cause?: unknown } = new Error('round');
    circle.cause = circle;

    expect(readError(circle).causes).to.deep.equal([]);
    expect(readError(HOSTILE['an error with a thousand causes']?.()).causes).to.have.length(5);
  });
});
