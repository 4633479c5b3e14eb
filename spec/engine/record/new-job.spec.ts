import { expect } from 'chai';
import { systemClock } from '../../../lib/clock.ts';
import { type JobStart, newJob, recordEnding, recordOf } from '../../../lib/engine/record/new-job.ts';
import { UNSEALED } from '../../support/encryption.ts';

const jobOf = (data: unknown, start: JobStart = null) =>
  newJob(systemClock, { id: null, data, ending: recordEnding({ timestamp: 1 }), start });

describe('newJob', () => {
  it('writes data and ending so that together they are the record as bee-queue writes it', () => {
    const record = { data: { to: 'a' }, options: { timestamp: 1 }, status: 'created', progress: 0 };
    expect(recordOf(jobOf({ to: 'a' }), UNSEALED)).to.equal(JSON.stringify(record));
  });

  for (const options of [{ key: 'k' }, { cost: 2 }, { cost: 2, key: 'k"}' }]) {
    it(`lets ${Object.keys(options)} come before the data in the record`, () => {
      const ending = recordEnding({ timestamp: 1, ...options });

      const job = newJob(systemClock, { id: null, data: { to: 'a' }, ending, start: null });
      const record = recordOf(job, UNSEALED);

      expect(record).to.match(/^\{"options":\{"(key|cost)":/);
      expect(JSON.parse(record)).to.deep.equal({
        data: { to: 'a' },
        options: { timestamp: 1, ...options },
        status: 'created',
        progress: 0,
      });
    });
  }

  it('makes an id where none is given, and keeps one that is', () => {
    const parts = { data: 1, ending: recordEnding({ timestamp: 1 }), start: null };

    expect(newJob(systemClock, { ...parts, id: null }).id).to.match(/^[0-9a-z]{20}$/);
    expect(newJob(systemClock, { ...parts, id: 'mine' }).id).to.equal('mine');
  });

  for (const [start, text] of [
    [null, ''],
    [{ at: 5_000 }, '5000'],
    [{ inMs: 70 }, '+70'],
  ] as const) {
    it(`says of a start ${JSON.stringify(start)} ${text || 'nothing'}`, () => {
      expect(jobOf(1, start).start).to.equal(text);
    });
  }

  for (const [name, data] of [
    ['a BigInt', 10n],
    ['undefined', undefined],
    ['a function', () => 1],
  ] as const) {
    it(`refuses ${name}, which JSON would leave out or throw at`, () => {
      expect(() => jobOf(data))
        .to.throw(/data (cannot be written as JSON|must be a JSON value)/)
        .with.property('code', 'JOB_INVALID');
    });
  }
});
