import { expect } from 'chai';
import { codeOf } from '../lib/code-of.ts';
import { ApiaryError } from '../lib/errors.ts';

describe('codeOf', () => {
  const cases: [what: string, error: Error, code: string | null][] = [
    ['of our own', new ApiaryError('JOB_INVALID', 'no'), 'JOB_INVALID'],
    ['of the system', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['of an answer of Redis', Object.assign(new Error('OOM command'), { name: 'ReplyError' }), 'OOM'],
    [
      'of what failed below',
      Object.assign(new Error('all'), { lastNodeError: new Error('Command timed out') }),
      'TIMEOUT',
    ],
    ['of a closed connection', new Error('Connection is closed.'), 'CLOSED'],
    ['of a handler', new Error('no such order'), null],
    [
      'of one that cannot be read',
      Object.defineProperty(new Error(), 'code', {
        get: () => {
          throw new Error('never');
        },
      }),
      null,
    ],
  ];
  for (const [what, error, code] of cases) {
    it(`knows that ${what}`, () => {
      expect(codeOf(error)).to.equal(code);
    });
  }
});
