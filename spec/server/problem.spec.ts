import { expect } from 'chai';
import { ApiaryError, ERROR_CODES, type ErrorCode } from '../../lib/errors.ts';
import { toProblem } from '../../lib/server/problem.ts';

describe('problem', () => {
  it('names the code, the reason and the fields', () => {
    const problems = [{ path: 'data.to', message: 'is missing' }];

    const problem = toProblem(new ApiaryError('JOB_INVALID', 'data.to is missing', { problems }));

    expect(problem).to.deep.equal({
      type: 'urn:apiary:problem:job-invalid',
      title: ERROR_CODES.JOB_INVALID,
      status: 422,
      detail: 'data.to is missing',
      errors: problems,
    });
  });

  for (const [code, status] of [
    ['JOB_NOT_FOUND', 404],
    ['JOB_TYPE_UNKNOWN', 404],
    ['SCHEDULE_NOT_FOUND', 404],
    ['JOB_STATE_FORBIDS', 409],
    ['JOB_EXISTS', 409],
    ['QUEUE_CLOSED', 503],
    ['REDIS_UNAVAILABLE', 503],
    ['REDIS_REFUSED', 503],
    ['HANDLER_INVALID', 500],
  ] as [ErrorCode, number][]) {
    it(`gives ${code} the status ${status}`, () => {
      expect(toProblem(new ApiaryError(code, 'text')).status).to.equal(status);
    });
  }

  for (const thrown of [
    new Error('password=1'),
    'password=1',
    null,
    new ApiaryError('JOB_LOST', 'password=1'),
  ]) {
    it(`says nothing of ${String(thrown)}`, () => {
      expect(JSON.stringify(toProblem(thrown))).to.not.contain('password');
    });
  }

  it('tells that Redis is full', () => {
    const error = Object.assign(new Error("OOM command not allowed when used memory > 'maxmemory'."), {
      name: 'ReplyError',
    });

    expect(toProblem(error)).to.include({ status: 503, type: 'urn:apiary:problem:redis-full' });
  });

  it('says nothing of where Redis is', () => {
    const cause = new Error('Command timed out');
    const error = new ApiaryError('REDIS_UNAVAILABLE', 'Redis at redis://10.0.0.1:6379/0 is away', { cause });

    expect(toProblem(error)).to.include({ status: 503, detail: 'Redis is not available: Command timed out' });
  });

  it('lists no more than a hundred fields', () => {
    const problems = Array.from({ length: 5_000 }, (_, at) => ({ path: String(at), message: 'is wrong' }));

    expect(toProblem(new ApiaryError('JOB_INVALID', 'much is wrong', { problems })).errors).to.have.length(
      100,
    );
  });
});
