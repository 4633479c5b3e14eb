import { expect } from 'chai';
import type { JobOptions } from '../../lib/jobs/options.ts';
import { resolveOptions } from '../../lib/jobs/resolve-options.ts';

const TIME = 1_900_000_000_000;

describe('resolveOptions', () => {
  it('fills in the defaults', () => {
    expect(resolveOptions({}, {})).to.deep.equal({
      id: null,
      runAt: null,
      delayMs: null,
      retries: 3,
      backoff: null,
      timeoutMs: 300_000,
      expiresAt: null,
      deadlineAt: null,
      headers: {},
      unique: null,
      group: null,
      key: null,
      cost: 1,
      priority: 4,
      front: false,
      encrypt: false,
      retention: null,
    });
  });

  for (const options of [{ key: '' }, { key: 7 }, { key: 'a\n' }, { cost: 0 }, { cost: 1.5 }]) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const [name] = Object.keys(options);

      expect(() => resolveOptions({}, options as JobOptions)).to.throw(`options.${name} must be`);
    });
  }

  it('lets the call win over the type', () => {
    const resolved = resolveOptions({ retries: 1, timeoutMs: 10 }, { retries: 2 });

    expect(resolved).to.include({ retries: 2, timeoutMs: 10 });
  });

  it('takes an undefined option of the call for one not given', () => {
    expect(resolveOptions({ retries: 1 }, { retries: undefined })).to.include({ retries: 1 });
  });

  it('reads a Date as its time', () => {
    expect(resolveOptions({}, { runAt: new Date(TIME) })).to.include({ runAt: TIME });
  });

  it('replaces the start that the type says, also in the other way of saying it', () => {
    expect(resolveOptions({ runAt: TIME }, { delayMs: 10 })).to.include({ runAt: null, delayMs: 10 });
    expect(resolveOptions({ delayMs: 10 }, { runAt: TIME })).to.include({ runAt: TIME, delayMs: null });
  });

  it('completes an exponential back-off with the cap and full jitter', () => {
    const { backoff } = resolveOptions({}, { backoff: { type: 'exponential', delayMs: 10 } });

    expect(backoff).to.deep.equal({ type: 'exponential', delayMs: 10, maxDelayMs: 3_600_000, jitter: true });
  });

  it('takes an undefined field of a back-off for one not given', () => {
    const given = { type: 'fixed', delayMs: undefined, maxDelayMs: undefined, jitter: undefined };

    const { backoff } = resolveOptions({}, { backoff: given });

    expect(backoff).to.deep.equal({ type: 'fixed', delayMs: 1_000, maxDelayMs: 3_600_000, jitter: false });
  });

  it('takes any name for a back-off, and needs no more', () => {
    const { backoff } = resolveOptions({}, { backoff: { type: 'polite.v2' } });

    expect(backoff).to.include({ type: 'polite.v2', delayMs: 1_000 });
  });

  for (const jitter of [0, 0.2, 1]) {
    it(`takes a jitter of ${jitter}`, () => {
      expect(resolveOptions({}, { backoff: { type: 'fixed', jitter } }).backoff).to.include({ jitter });
    });
  }

  it('gives a fixed back-off no jitter that was not asked for', () => {
    expect(resolveOptions({}, { backoff: { type: 'fixed', delayMs: 10 } }).backoff).to.include({
      jitter: false,
    });
    expect(resolveOptions({}, { backoff: { type: 'fixed', delayMs: 10, jitter: true } }).backoff).to.include({
      jitter: true,
    });
  });

  it('completes a unique key', () => {
    const { unique } = resolveOptions({}, { unique: { key: 'k' } });

    expect(unique).to.deep.equal({ key: 'k', ttlMs: null, onConflict: 'return', release: 'end' });
  });

  const wrong: [path: string, options: object][] = [
    ['id', { id: '' }],
    ['id', { id: 'x'.repeat(257) }],
    ['id', { id: 'two\nlines' }],
    ['id', { id: 5 }],
    ['delayMs', { delayMs: -1 }],
    ['delayMs', { delayMs: 1.5 }],
    ['delayMs', { delayMs: '5' }],
    ['runAt', { runAt: new Date(Number.NaN) }],
    ['runAt', { runAt: '2030-01-01' }],
    ['runAt', { runAt: 9e15 }],
    ['runAt', { runAt: TIME, delayMs: 5 }],
    ['runAt', { runAt: 0 }],
    ['runAt', { runAt: new Date(0) }],
    ['delayMs', { delayMs: 8.64e15 }],
    ['timeoutMs', { timeoutMs: 8.64e15 }],
    ['expiresAt', { expiresAt: TIME / 1_000 }],
    ['deadlineAt', { deadlineAt: TIME * 1_000 }],
    ['backoff.delayMs', { backoff: { type: 'fixed', delayMs: 8.64e15 } }],
    ['backoff.maxDelayMs', { backoff: { type: 'fixed', maxDelayMs: 8.64e15 } }],
    ['unique.ttlMs', { unique: { key: 'k', ttlMs: 8.64e15 } }],
    ['retries', { retries: -1 }],
    ['retries', { retries: Number.POSITIVE_INFINITY }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['headers', { headers: { a: 1 } }],
    ['headers', { headers: ['a'] }],
    ['headers', { headers: null }],
    ['headers.__proto__', { headers: JSON.parse('{"__proto__":"x"}') }],
    ['backoff.toString', { backoff: { type: 'fixed', toString: 1 } }],
    ['backoff.type', { backoff: { type: 'by the hour', delayMs: 1 } }],
    ['backoff.type', { backoff: { type: 'x'.repeat(129) } }],
    ['backoff.delayMs', { backoff: { type: 'fixed', delayMs: -1 } }],
    ['backoff.maxDelayMs', { backoff: { type: 'fixed', delayMs: 1, maxDelayMs: 'x' } }],
    ['backoff.jitter', { backoff: { type: 'fixed', delayMs: 1, jitter: 1.1 } }],
    ['backoff.jitter', { backoff: { type: 'fixed', delayMs: 1, jitter: -0.1 } }],
    ['backoff.jitter', { backoff: { type: 'fixed', delayMs: 1, jitter: Number.NaN } }],
    ['backoff.jitter', { backoff: { type: 'fixed', delayMs: 1, jitter: '0.2' } }],
    ['backoff.delay', { backoff: { type: 'fixed', delayMs: 1, delay: 1 } }],
    ['unique', { unique: 'mail' }],
    ['unique', { unique: null }],
    ['unique.key', { unique: {} }],
    ['unique.key', { unique: { key: '' } }],
    ['unique.key', { unique: { key: 'x'.repeat(257) } }],
    ['unique.key', { unique: { key: 'two\nlines' } }],
    ['unique.key', { unique: { key: 5 } }],
    ['unique.ttlMs', { unique: { key: 'k', ttlMs: 0 } }],
    ['unique.ttlMs', { unique: { key: 'k', ttlMs: 1.5 } }],
    ['unique.ttlMs', { unique: { key: 'k', release: 'ttl' } }],
    ['unique.onConflict', { unique: { key: 'k', onConflict: 'wait' } }],
    ['unique.release', { unique: { key: 'k', release: 'never' } }],
    ['unique.ttl', { unique: { key: 'k', ttl: 5 } }],
    ['priority', { priority: 10 }],
    ['front', { front: 1 }],
    ['urgency', { urgency: 1 }],
  ];
  for (const [path, options] of wrong) {
    it(`refuses ${JSON.stringify(options).slice(0, 40)} and names ${path}`, () => {
      expect(problemsOf(options)).to.deep.equal([`options.${path}`]);
    });
  }

  it('says what a time in another unit was meant for', () => {
    expect(() => resolveOptions({}, { runAt: TIME / 1_000 })).to.throw(`looks like seconds, so take ${TIME}`);
    expect(() => resolveOptions({}, { expiresAt: TIME * 1_000 })).to.throw('looks like microseconds');
  });

  it('lists every wrong option at once', () => {
    expect(problemsOf({ retries: -1, timeoutMs: 0, nonsense: 1 })).to.have.members([
      'options.retries',
      'options.timeoutMs',
      'options.nonsense',
    ]);
  });

  it('checks the defaults of the type as well', () => {
    expect(() => resolveOptions({ retries: -1 }, {})).to.throw(/options\.retries must be a whole number/);
  });
});

function problemsOf(options: object): string[] {
  try {
    resolveOptions({}, options);
  } catch (error) {
    expect(error).to.include({ code: 'JOB_INVALID' });
    return (error as { problems: { path: string }[] }).problems.map(({ path }) => path);
  }
  return expect.fail('it was accepted');
}
