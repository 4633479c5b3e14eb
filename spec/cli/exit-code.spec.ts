import { expect } from 'chai';
import { CommandFailure, EXIT, failureOf } from '../../lib/cli/exit-code.ts';
import { ApiaryError } from '../../lib/errors.ts';

describe('what a command that failed ends with', () => {
  for (const [what, thrown, code] of [
    ['its own failure', new CommandFailure(EXIT.notFound, 'no'), 3],
    ['data that cannot be', new ApiaryError('JOB_INVALID', 'no'), 2],
    ['a job that is not there', new ApiaryError('JOB_NOT_FOUND', 'no'), 3],
    ['a Redis that is away', new ApiaryError('REDIS_UNAVAILABLE', 'no'), 69],
    ['a Redis that falls silent while it works', new Error('Command timed out'), 69],
    ['a right that is missing', Object.assign(new Error('NOPERM no'), { name: 'ReplyError' }), 78],
    ['a setting', new ApiaryError('CONFIG_INVALID', 'no'), 78],
    ['a fault of ours', new TypeError('no'), 1],
    ['what is no error', null, 1],
  ] as const) {
    it(`is ${code} for ${what}`, () => {
      expect(failureOf(thrown).exitCode).to.equal(code);
    });
  }
});
