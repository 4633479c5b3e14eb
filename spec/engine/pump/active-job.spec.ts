import { expect } from 'chai';
import { type AbortReason, ActiveJob } from '../../../lib/engine/pump/active-job.ts';
import { ApiaryError, type ErrorCode } from '../../../lib/errors.ts';
import { namesOf } from '../../../lib/names-of.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../../support/engine.ts';

const CODES: Readonly<Record<AbortReason, ErrorCode>> = {
  timeout: 'JOB_TIMED_OUT',
  deadline: 'JOB_EXPIRED',
  cancelled: 'JOB_CANCELLED',
  shutdown: 'QUEUE_CLOSED',
  lost: 'JOB_LOST',
};

describe('the signal of a running job', () => {
  let engine: SpecEngine;
  let job: ActiveJob;

  beforeEach(async () => {
    engine = openEngine();
    await engine.store.save([jobOf('a')]);
    const session = engine.session();
    const [taken] = await take(session, 1);
    job = taken ? new ActiveJob('mail', taken, session) : expect.fail('there was nothing to take');
  });
  afterEach(() => engine.close());

  for (const reason of namesOf(CODES)) {
    const told = { name: 'AbortError', code: CODES[reason] };

    it(`aborts by ${reason} with an error of the code ${told.code}`, () => {
      const { signal } = job;

      job.abort(reason);

      expect(signal.reason).to.be.instanceOf(ApiaryError).and.include(told);
    });

    it(`says so too where it is asked for after it was told to stop by ${reason}`, () => {
      job.abort(reason);

      expect(job.signal.reason).to.be.instanceOf(ApiaryError).and.include(told);
    });
  }

  it('keeps the first reason', () => {
    job.abort('cancelled');
    job.abort('shutdown');

    expect(job.signal.reason).to.include({ code: 'JOB_CANCELLED' });
  });
});
