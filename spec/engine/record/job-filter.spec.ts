import { expect } from 'chai';
import { fingerprintOf } from '../../../lib/engine/record/fingerprint.ts';
import { type JobFilter, passes, passesAll, requireFilter } from '../../../lib/engine/record/job-filter.ts';
import { ApiaryError } from '../../../lib/errors.ts';
import { UNSEALED } from '../../support/encryption.ts';
import { jobOf, jsonOf } from '../../support/engine.ts';

const ERROR = { name: 'Error', at: 1, attempt: 1 };

describe('a filter of jobs', () => {
  const lets = (filter: JobFilter, options: Parameters<typeof jobOf>[2]): boolean =>
    passes(filter, UNSEALED, { id: 'a', raw: jsonOf(jobOf('a', {}, options)) });

  it('lets everything pass that it says nothing of', () => {
    expect(passesAll({})).to.equal(true);
    expect(passesAll({ type: 'email.send' })).to.equal(false);
    expect(lets({}, {})).to.equal(true);
  });

  it('goes by the whole name of the type', () => {
    expect(lets({ type: 'email.send' }, { type: 'email.send' })).to.equal(true);
    expect(lets({ type: 'email' }, { type: 'email.send' })).to.equal(false);
  });

  it('takes the queue for the type of a job without one', () => {
    expect(lets({ type: 'mail' }, {})).to.equal(true);
    expect(lets({ type: 'email.send' }, {})).to.equal(false);
  });

  it('goes by a part of the newest error, and by no older one', () => {
    const errors = [
      { ...ERROR, message: 'mailbox full' },
      { ...ERROR, message: 'no route' },
    ];

    expect(lets({ error: 'box' }, { errors })).to.equal(true);
    expect(lets({ error: 'route' }, { errors })).to.equal(false);
    expect(lets({ error: 'box' }, {})).to.equal(false);
  });

  it('reads the error of a stock worker from its stack', () => {
    const stacktraces = ['Error: mailbox full\n    at send (mail.js:1:1)'];

    expect(lets({ error: 'mailbox full' }, { stacktraces })).to.equal(true);
    expect(lets({ error: 'mail.js' }, { stacktraces })).to.equal(false);
  });

  it('goes by the fingerprint of the newest error', () => {
    const errors = [{ ...ERROR, message: 'User 7 not found' }];
    const failure = { type: 'email.send', name: 'Error', message: 'User 1234 not found' };
    const fingerprint = fingerprintOf(failure);

    expect(passesAll({ fingerprint })).to.equal(false);
    expect(lets({ fingerprint }, { type: 'email.send', errors })).to.equal(true);
    expect(lets({ fingerprint }, { type: 'email.read', errors })).to.equal(false);
    expect(lets({ fingerprint }, { type: 'email.send' })).to.equal(false);
    expect(lets({ fingerprint: fingerprintOf({ ...failure, message: 'no' }) }, { errors })).to.equal(false);
  });

  it('goes by a value in the data', () => {
    const raw = JSON.stringify({ data: { at: { city: 'Bern' } }, options: { timestamp: 1 } });
    const has = (path: string, value: string): boolean =>
      passes({ field: { path, value } }, UNSEALED, { id: 'a', raw });

    expect(passesAll({ field: { path: 'at.city', value: 'Bern' } })).to.equal(false);
    expect([has('at.city', 'Bern'), has('at.city', 'Bonn'), has('at', 'Bern')]).to.deep.equal([
      true,
      false,
      false,
    ]);
  });

  it('wants all of it to hold', () => {
    const options = { type: 'email.send', errors: [{ ...ERROR, message: 'mailbox full' }] };

    expect(lets({ type: 'email.send', error: 'full' }, options)).to.equal(true);
    expect(lets({ type: 'email.read', error: 'full' }, options)).to.equal(false);
    expect(lets({ type: 'email.send', error: 'empty' }, options)).to.equal(false);
  });

  it('takes a job that cannot be read for one of the type of its queue', () => {
    expect(passes({ type: 'mail' }, UNSEALED, { id: 'a', raw: 'garbage' })).to.equal(true);
    expect(passes({ type: 'email.send' }, UNSEALED, { id: 'a', raw: null })).to.equal(false);
  });

  for (const [what, filter] of [
    ['a name it does not know', { typ: 'email.send' }],
    ['an empty text', { error: '' }],
    ['no text', { type: undefined }],
    ['a field without a value', { field: { path: 'a' } }],
    ['a field with a path that is none', { field: { path: 'a..b', value: 'x' } }],
    ['a field with more', { field: { path: 'a', value: 'x', not: true } }],
    ['what is no fingerprint', { fingerprint: 'mailbox full' }],
  ] as const) {
    it(`is refused with ${what}`, () => {
      expect(() => requireFilter(filter as JobFilter))
        .to.throw(ApiaryError)
        .with.property('code', 'JOB_INVALID');
    });
  }

  it('names what it refuses', () => {
    expect(() => requireFilter({ fingerprint: 'abc' }))
      .to.throw(ApiaryError, /filter\.fingerprint .*abc/)
      .with.nested.property('problems[0].path', 'filter.fingerprint');
  });
});
