import { expect } from 'chai';
import { ActiveJob } from '../../../lib/engine/pump/active-job.ts';
import { boundOf, refuseStart } from '../../../lib/engine/pump/time-bounds.ts';
import type { StoredOptions } from '../../../lib/engine/record/record.ts';
import { openEngine, type SpecEngine, take } from '../../support/engine.ts';

describe('the time bounds of a job', () => {
  let engine: SpecEngine;
  let now: number;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  /** A job that begins now, by Redis's clock; times among its options are counted from then. */
  const begun = async (options: Partial<StoredOptions>, fromNow: Partial<StoredOptions> = {}) => {
    const session = engine.session();
    await take(session);
    now = session.now();
    const times = Object.entries(fromNow).map(([name, ms]) => [name, now + Number(ms)]);
    await engine.save('a', { ...options, ...Object.fromEntries(times) });
    const [taken] = await take(session);
    const job = new ActiveJob('mail', taken ?? expect.fail('there was nothing to take'), session);
    job.begin(performance.now());
    return job;
  };

  it('are its timeout, five minutes unless said, and none for a stock producer that says nothing', async () => {
    expect(boundOf(await begun({ type: 't', timeout: 70 }))).to.deep.equal({
      limitMs: 70,
      reason: 'timeout',
    });
  });

  it('are what is left until its deadline where that is less', async () => {
    const bound = boundOf(await begun({ type: 't', timeout: 60_000 }, { deadlineAt: 30_000 }));

    expect(bound).to.include({ reason: 'deadline' });
    expect(bound?.limitMs).to.be.within(10_000, 30_000);
  });

  it('are its timeout where the deadline is further away', async () => {
    const bound = boundOf(await begun({ type: 't', timeout: 5_000 }, { deadlineAt: 30_000 }));

    expect(bound).to.deep.equal({ limitMs: 5_000, reason: 'timeout' });
  });

  for (const name of ['expiresAt', 'deadlineAt'] as const) {
    it(`let no attempt begin after ${name}`, async () => {
      const refused = refuseStart(await begun({ type: 't' }, { [name]: -1 }));

      expect(refused).to.include({ kind: 'failed', as: 'expired' });
      expect(refused && 'error' in refused && refused.error.message).to.include(
        new Date(now - 1).toISOString(),
      );
    });

    it(`let it begin before ${name}`, async () => {
      expect(refuseStart(await begun({ type: 't' }, { [name]: 60_000 }))).to.equal(null);
    });
  }

  it('let no attempt of a cancelled job begin', async () => {
    const job = await begun({ type: 't' });
    job.abort('cancelled');

    expect(refuseStart(job)).to.include({ kind: 'failed', as: 'cancelled' });
  });
});
