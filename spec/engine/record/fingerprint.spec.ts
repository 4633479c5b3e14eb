import { expect } from 'chai';
import {
  failureOf,
  fingerprintOf,
  isFingerprint,
  withoutVariables,
} from '../../../lib/engine/record/fingerprint.ts';
import type { jobOf } from '../../support/engine.ts';

const of = (message: string): string => fingerprintOf({ type: 'job', name: 'Error', message });

/** Messages that are one failure, and what they count as. */
const ALIKE: [counts: string, ...messages: string[]][] = [
  ['User # not found', 'User 1234 not found', 'User 7 not found'],
  ['timeout of #ms exceeded', 'timeout of 3000ms exceeded', 'timeout of 500ms exceeded'],
  [
    'connect ECONNREFUSED #:5432',
    'connect ECONNREFUSED 10.0.0.7:5432',
    'connect ECONNREFUSED 192.168.178.21:5432',
    'connect ECONNREFUSED [fd00::17]:5432',
  ],
  ['connect ETIMEDOUT #', 'connect ETIMEDOUT 10.0.0.7:51234', 'connect ETIMEDOUT 10.0.0.8:40001'],
  [
    'getaddrinfo ENOTFOUND db-#.internal',
    'getaddrinfo ENOTFOUND db-3.internal',
    'getaddrinfo ENOTFOUND db-12.internal',
  ],
  [
    'job # is gone',
    'job 550e8400-e29b-41d4-a716-446655440000 is gone',
    'job 01HZX3T0Q3M7D9G5B8K2W4Y6ZA is gone',
    'job 507f1f77bcf86cd799439011 is gone',
    'job V1StGXR8_Z5jdHi6B-myT is gone',
    'job 17 is gone',
  ],
  [
    'No such payment_intent: "pi_#"',
    "No such payment_intent: 'pi_3MtwBwLkdIwHu7ix28a3tqPa'",
    "No such payment_intent: 'pi_3NABcdLkdIwHu7ix0zQ5yR1x'",
  ],
  [
    'mailbox of # is full',
    'mailbox of ada@example.com is full',
    'mailbox of grace.hopper+news@mail.example.org is full',
  ],
  [
    'GET https://api.example.com/v#/users/#/orders answered 503',
    'GET https://api.example.com/v1/users/42/orders?page=2&token=s3cr3t answered 503',
    'GET https://api.example.com/v1/users/9000/orders answered 503',
  ],
  [
    'ENOENT: no such file or directory, open "/tmp/upload_#/image.png"',
    "ENOENT: no such file or directory, open '/tmp/upload_83af2b10/image.png'",
    "ENOENT: no such file or directory, open '/tmp/upload_7/image.png'",
  ],
  [
    'Duplicate entry "#" for key "users.email"',
    "Duplicate entry 'ada@example.com' for key 'users.email'",
    "Duplicate entry 'Ada Lovelace' for key 'users.email'",
  ],
  [
    'Unexpected token "#" at position #',
    "Unexpected token '<' at position 0",
    "Unexpected token 'h' at position 41",
  ],
  ['last seen #-#-#', 'last seen 2026-01-31', 'last seen 2025-12-01'],
  ['due #-#-#Z', 'due 2026-01-31T10:00:00.000Z', 'due 2025-12-01T23:59:59.123Z'],
  ['took # of # seconds', 'took 1.5 of 2 seconds', 'took -3 of 1,500 seconds'],
  ['segment at #', 'segment at 0x7ffe12', 'segment at 0xff'],
  [
    'bad checksum # in part #',
    'bad checksum da39a3ee5e6b4b0d in part 3',
    'bad checksum 5e6b4b0dda39a3ee in part 12',
  ],
  ['two lines and # spaces', 'two lines\n  and 3   spaces', 'two lines and 17 spaces '],
];

/** Messages that are failures of different kinds, however alike they look. */
const APART: [why: string, one: string, other: string][] = [
  [
    'the constraint',
    'duplicate key value violates unique constraint "orders_pkey"',
    'duplicate key value violates unique constraint "users_email_key"',
  ],
  ['the port of the service', 'connect ECONNREFUSED 10.0.0.7:5432', 'connect ECONNREFUSED 10.0.0.7:6379'],
  ['the status', 'Request failed with status code 404', 'Request failed with status code 500'],
  [
    'the status of a delivery',
    'POST https://a.example/ answered 503',
    'POST https://a.example/ answered 410',
  ],
  [
    'the property',
    "Cannot read properties of undefined (reading 'total')",
    "Cannot read properties of undefined (reading 'name')",
  ],
  ['the column', 'column "totl" does not exist', 'column "naem" does not exist'],
  ['the host', 'getaddrinfo ENOTFOUND db.internal', 'getaddrinfo ENOTFOUND cache.internal'],
  ['the unit', 'timeout of 3000ms exceeded', 'timeout of 3s exceeded'],
  ['the path', 'POST https://a.example/orders/1 failed', 'POST https://a.example/invoices/1 failed'],
  ['a word behind an apostrophe', "can't open the till", "can't open the vault, it's shut"],
];

describe('the fingerprint of a failure', () => {
  for (const [counts, ...messages] of ALIKE) {
    for (const message of messages) {
      it(`reads ${JSON.stringify(message)} as ${counts}`, () => {
        expect(withoutVariables(message)).to.equal(counts);
      });
    }
  }

  for (const [why, one, other] of APART) {
    it(`tells failures apart by ${why}`, () => {
      expect(of(one)).to.not.equal(of(other));
    });
  }

  it('is one for what differs only in what varies', () => {
    expect(of('User 1234 not found')).to.equal(of('User 7 not found'));
  });

  it('depends on the type of the job and the name of the error', () => {
    const failure = { type: 'job', name: 'Error', message: 'no luck' };

    expect(fingerprintOf({ ...failure, type: 'other' })).to.not.equal(fingerprintOf(failure));
    expect(fingerprintOf({ ...failure, name: 'TypeError' })).to.not.equal(fingerprintOf(failure));
  });

  it('stays what it was: it stands in addresses that people keep', () => {
    expect(of('User 1234 not found')).to.equal('48b1972a9728e7c0');
  });

  it('goes by the beginning of a long message', () => {
    const long = 'no luck '.repeat(400);

    expect(of(`${long}here`)).to.equal(of(`${long}there`));
  });

  for (const [what, text] of [
    ['at signs', 'a@'.repeat(2_000)],
    ['quotes', `' "`.repeat(1_300)],
    ['colons', 'ab:'.repeat(1_300)],
    ['one word', 'x'.repeat(4_000)],
    ['question marks', '?a='.repeat(1_300)],
    ['dashes', 'aB1-'.repeat(1_000)],
  ] as const) {
    it(`is made of a message that is all ${what}`, () => {
      expect(isFingerprint(of(text))).to.equal(true);
    });
  }

  for (const text of [
    '',
    'abc',
    'ABCDEF0123456789',
    '0123456789abcdef0',
    '../../etc/passwd',
    '0123456789abcdeg',
  ]) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(isFingerprint(text)).to.equal(false);
    });
  }
});

describe('failureOf', () => {
  const failed = (options: Parameters<typeof jobOf>[2]) => failureOf('mail', { timestamp: 1, ...options });

  it('is the newest error', () => {
    const errors = ['newer', 'older'].map((message) => ({ name: 'TypeError', message, at: 1, attempt: 1 }));

    expect(failed({ type: 'email.send', errors })).to.deep.equal({
      type: 'email.send',
      name: 'TypeError',
      message: 'newer',
    });
  });

  it('is the first line of the stack where a stock worker kept no more', () => {
    const stacktraces = ['Error: mailbox full\n    at send (mail.js:1:1)'];

    expect(failed({ stacktraces })).to.deep.equal({
      type: 'mail',
      name: 'Error',
      message: 'Error: mailbox full',
    });
  });

  it('is empty where no error was kept', () => {
    expect(failed({})).to.deep.equal({ type: 'mail', name: '', message: '' });
  });
});
