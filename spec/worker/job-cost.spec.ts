import { createHook } from 'node:async_hooks';
import { expect } from 'chai';
import { z } from 'zod';
import { systemClock } from '../../lib/clock.ts';
import { ActiveJob } from '../../lib/engine/pump/active-job.ts';
import { TimerLimits } from '../../lib/engine/pump/timeout.ts';
import { defineJob, handle, type Middleware } from '../../lib/jobs/define.ts';
import { hush } from '../../lib/promises.ts';
import { Failures } from '../../lib/worker/failures.ts';
import { handlersByType } from '../../lib/worker/handlers-by-type.ts';
import { type RunDeps, runJob } from '../../lib/worker/run-job.ts';
import { tracingMiddleware } from '../../lib/worker/tracing.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../support/engine.ts';
import { silentLog } from '../support/log.ts';

const QUEUE = 'mail';

describe('what a job costs', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  /** How many promises an act makes until it has answered. */
  async function promisesOf(act: () => unknown): Promise<number> {
    let count = 0;
    const hook = createHook({
      init: (_id, type) => {
        if (type === 'PROMISE') count++;
      },
    });
    hook.enable();
    const answer = act();
    hook.disable();
    await answer;
    return count;
  }

  const depsOf = (run: () => unknown, ours: readonly Middleware[]): RunDeps => ({
    handlers: handlersByType(
      [handle(defineJob({ type: 'email.send', queue: QUEUE, schema: z.object({}) }), run)],
      [],
      ours,
    ),
    log: silentLog,
    clock: systemClock,
    limits: new TimerLimits({ graceMs: 60_000, onOverdue: () => {}, onLate: () => {}, onDeaf: () => {} }),
    failures: new Failures({}, { log: silentLog, random: systemClock.random }),
    onSplit: () => {},
  });
  async function active(): Promise<ActiveJob> {
    const session = engine.session();
    await engine.store.save([jobOf('a', {}, { type: 'email.send' })]);
    const [taken] = await take(session, 1);
    return taken ? new ActiveJob(QUEUE, taken, session) : expect.fail('there was nothing to take');
  }

  it('is no promise where its handler answers at once', async () => {
    const job = await active();
    const deps = depsOf(() => 1, tracingMiddleware());

    expect(await promisesOf(() => runJob(job, deps))).to.equal(0);
  });

  it('is that of its handler and two more where that takes its time, traced by nobody', async () => {
    const job = await active();
    const deps = depsOf(async () => 1, tracingMiddleware());

    expect(await promisesOf(() => runJob(job, deps))).to.equal(3);
  });

  it('is one more for each promise that middleware of others may leave behind', async () => {
    expect(await promisesOf(() => hush(Promise.resolve(1)))).to.equal(2);
  });

  it('is no look after what our own middleware does with its handler', () => {
    const handler = handle(defineJob({ type: 'a', queue: QUEUE, schema: z.object({}) }), async () => 1);
    const given: unknown[] = [];
    const keeps: Middleware = (next) => {
      given.push(next);
      return next;
    };

    handlersByType([handler], [], [keeps]);

    expect(given).to.deep.equal([handler.run]);
  });
});
