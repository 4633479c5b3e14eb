import { expect } from 'chai';
import { readCaseForm, readPaceForm } from '../../../../lib/server/pages/failure/failure-form.ts';

describe('the forms of the page of a kind of failure', () => {
  it('say how it stands, in which version, and why', () => {
    expect(readCaseForm({ verdict: 'resolved', version: ' 1.4.2 ', note: 'a\r\nb ' })).to.deep.equal({
      verdict: 'resolved',
      version: '1.4.2',
      note: 'a\nb',
    });
  });

  it('say nothing by a field that is empty, and no version of what is not resolved', () => {
    expect(readCaseForm({ verdict: 'open', version: '', note: '  ' })).to.deep.equal({
      verdict: 'open',
      version: null,
      note: null,
    });
    expect(readCaseForm({ verdict: 'ignored', version: '1.0' })).to.include({ version: null });
  });

  for (const form of [
    undefined,
    null,
    'verdict=open',
    {},
    { verdict: '' },
    { verdict: 'reopened' },
    { verdict: ['open', 'open'] },
    { verdict: 'open', note: ['a', 'b'] },
    Object.create({ verdict: 'open' }),
  ])
    it(`refuse ${JSON.stringify(form)}`, () => {
      expect(() => readCaseForm(form))
        .to.throw()
        .that.includes({ code: 'JOB_INVALID' });
    });

  it('say how many are retried a minute, or all at once', () => {
    expect(readPaceForm({ perMinute: ' 12 ' })).to.deep.equal({ perMinute: 12 });
    for (const none of [undefined, {}, { perMinute: '' }]) expect(readPaceForm(none)).to.deep.equal({});
  });

  for (const perMinute of ['0', '-1', '1.5', '1e3', '10001', 'ten', '9'.repeat(30), ['1', '2']])
    it(`refuse ${JSON.stringify(perMinute)} a minute`, () => {
      expect(() => readPaceForm({ perMinute }))
        .to.throw()
        .that.includes({ code: 'JOB_INVALID' });
    });
});
