import { expect } from 'chai';
import { z } from 'zod';
import { defineJob } from '../lib/jobs/define.ts';
import { nextFirings, schedule } from '../lib/jobs/schedule.ts';
import { openMonitor, QUEUE, type SpecMonitor } from './support/monitor.ts';

describe('an option that is misspelt', () => {
  let specs: SpecMonitor;

  before(async () => {
    specs = await openMonitor({ readOnly: true });
  });
  after(() => specs.close());

  const Report = defineJob({ type: 'report', schema: z.object({}) });
  const daily = schedule(Report, { name: 'daily', cron: '0 8 * * *', data: {} });
  // As from a program without types.
  const bad = { lmit: 5 } as object;
  const calls: Readonly<Record<string, () => unknown>> = {
    'failures.groups': () => specs.inspector.failures.groups(QUEUE, bad),
    'failures.case': () => specs.inspector.failures.case(QUEUE, 'f', bad),
    'limits.keys': () => specs.inspector.limits.keys(QUEUE, bad),
    'groups.list': () => specs.inspector.groups.list(QUEUE, bad),
    queues: () => specs.inspector.queues(bad),
    'privacy.reencrypt': () => specs.inspector.privacy.reencrypt(QUEUE, bad),
    waitFor: () => specs.producer.waitFor('id', { timeoutMs: 1_000, ...bad }),
    nextFirings: () => nextFirings(daily, bad),
  };

  for (const [name, call] of Object.entries(calls))
    it(`is refused by ${name}, with those that there are`, async () => {
      const error = await (async () => call())().catch((thrown: unknown) => thrown);

      expect(error).to.have.property('code', 'JOB_INVALID');
      expect(error).to.have.property('message').that.includes('lmit').and.includes('known are');
    });
});
