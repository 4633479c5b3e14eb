import { expect } from 'chai';
import { ApiaryError } from '../../lib/errors.ts';
import { JOB_STATES } from '../../lib/inspector/inspector.ts';
import {
  appliesTo,
  type BulkOperationName,
  JOB_OPERATIONS,
  type JobOperationName,
  operate,
  operateOnAll,
  operateOnEach,
} from '../../lib/inspector/operations.ts';
import { testQueueName } from '../../lib/testing/test-queue-name.ts';
import { openMonitor, QUEUE, type SpecMonitor } from '../support/monitor.ts';

const NAMES = Object.keys(JOB_OPERATIONS) as JobOperationName[];

const BULK_NAMES = ['retry', 'promote', 'cancel', 'archive', 'remove'] as const satisfies BulkOperationName[];

/** The ApiaryError that a call rejects with. */
async function refusalOf(call: Promise<unknown>): Promise<ApiaryError> {
  const [settled] = await Promise.allSettled([call]);
  if (settled.status === 'rejected' && settled.reason instanceof ApiaryError) return settled.reason;
  throw new Error('nothing was refused');
}

describe('the operations on jobs', () => {
  let monitor: SpecMonitor;

  beforeEach(async () => {
    monitor = await openMonitor();
  });

  afterEach(() => monitor.close());

  for (const name of NAMES) {
    const { done } = JOB_OPERATIONS[name];
    for (const state of JOB_STATES) {
      const isRight = appliesTo(name, state);
      it(`${name} ${isRight ? 'changes' : 'refuses'} a job that is ${state}`, async () => {
        const id = await monitor.jobIn(state);
        const given = { data: { a: 1 }, runAt: 7_000_000_000_000, signal: 'go', message: 'looked at' };
        const to = testQueueName();
        const target = { queue: QUEUE, id, by: 'spec', to, ...given };

        if (isRight) {
          const { was, added, text } = await operate(monitor.inspector, name, target);
          expect([was ?? state, text]).to.deep.equal([state, JOB_OPERATIONS[name].told(id, was, added, to)]);
        } else {
          const error = await refusalOf(operate(monitor.inspector, name, target));
          expect(error.code).to.equal('JOB_STATE_FORBIDS');
          expect(error.message).to.include(`job ${id} is ${state}, so it was not ${done}; `);
        }
      });
    }

    it(`${name} refuses a job that is not there`, async () => {
      const error = await refusalOf(
        operate(monitor.inspector, name, {
          ...{ queue: QUEUE, id: 'x', by: 'spec' },
          ...{ data: 1, signal: 'go', message: 'a', to: testQueueName() },
        }),
      );

      expect([error.code, error.message]).to.deep.equal(['JOB_NOT_FOUND', `queue ${QUEUE} has no job x`]);
    });
  }

  it('name the states that are right, or where to go instead', async () => {
    const id = await monitor.jobIn('active');
    const target = { queue: QUEUE, id, by: 'spec', page: '/there' };

    const said = [];
    for (const name of ['archive', 'remove'] as const)
      said.push((await refusalOf(operate(monitor.inspector, name, target))).message);

    expect(said).to.deep.equal([
      `job ${id} is active, so it was not archived; only a waiting or delayed job can be`,
      `job ${id} is active, so it was not removed; cancel it on its page, /there`,
    ]);
  });

  for (const name of BULK_NAMES) {
    const { states, done } = JOB_OPERATIONS[name];

    it(`${name} changes all jobs of its states, once they were counted`, async () => {
      // What waits comes last: bringing a job into another state takes what is next.
      for (const state of states.toSorted((one) => (one === 'waiting' ? 1 : -1))) await monitor.jobIn(state);
      const target = { queue: QUEUE, by: 'spec', filter: { type: 'email.send' } };

      const counted = await operateOnAll(monitor.inspector, name, { ...target, dryRun: true });
      const changed = await operateOnAll(monitor.inspector, name, target);

      expect(counted).to.deep.equal({ matched: states.length, done: 0 });
      expect(changed).to.deep.equal({ matched: states.length, done: states.length });
    });

    it(`${name} refuses all jobs of another state, and a filter that cannot be`, async () => {
      const state = JOB_STATES.find((one) => !appliesTo(name, one)) ?? 'active';
      const target = { queue: QUEUE, by: 'spec', filter: {} };

      const ofState = await refusalOf(operateOnAll(monitor.inspector, name, { ...target, state }));
      const filter = { typ: 'email.send' } as never;
      const ofFilter = await refusalOf(operateOnAll(monitor.inspector, name, { ...target, filter }));

      expect(ofState.code).to.equal('JOB_STATE_FORBIDS');
      expect(ofState.message).to.include(`jobs that are ${state} cannot be ${done}; only`);
      expect(ofFilter.code).to.equal('JOB_INVALID');
    });
  }

  it('do what can be done to each of many, and name the others', async () => {
    const [failed, active] = [await monitor.jobIn('failed'), await monitor.jobIn('active')];
    const target = { queue: QUEUE, by: 'spec', ids: [failed, active, 'x'] };

    const error = await refusalOf(operateOnEach(monitor.inspector, 'retry', target));

    expect(error.message).to.equal(`1 of 3 jobs were retried, but not ${active} (active), x (no such job)`);
    expect((await monitor.inspector.job(QUEUE, failed))?.state).to.equal('waiting');
  });
});
