import { expect } from 'chai';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const SOON = 6_000_000_000_000;
const LATE = 7_000_000_000_000;

describe('another time for a delayed job', () => {
  let engine: SpecEngine;

  beforeEach(() => {
    engine = openEngine();
  });
  afterEach(() => engine.close());

  it('is that of the set and of the record', async () => {
    await engine.save('a', {}, { at: LATE });

    expect(await engine.store.reschedule('a', { runAt: SOON })).to.deep.equal({ done: true });

    expect((await engine.queries.job('a'))?.dueAt).to.equal(SOON);
    expect(await engine.options('a')).to.include({ delay: SOON });
  });

  it('comes with other data where some are given', async () => {
    await engine.save('a', {}, { at: LATE });

    await engine.store.reschedule('a', { runAt: SOON, data: null });

    expect((await engine.queries.job('a'))?.record.data).to.equal(null);
  });

  it('is told to workers that sleep until the earliest', async () => {
    const announced: string[] = [];
    const subscriber = connect(redisTarget(), 'subscriber', { log: silentLog });
    subscriber.on('message', (_channel: string, message: string) => announced.push(message));
    await subscriber.subscribe(engine.keys.earlierDelayed);
    await engine.save('a', {}, { at: LATE });

    await engine.store.reschedule('a', { runAt: SOON });

    await until(() => announced.length >= 2, 'two were announced');
    await closeClient(subscriber);
    expect(announced).to.deep.equal([String(LATE), String(SOON)]);
  });

  for (const state of ['waiting', 'active'] as const) {
    it(`is not for one that is ${state}`, async () => {
      await engine.add('a');
      if (state === 'active') await take(engine.session(), 1);

      expect(await engine.store.reschedule('a', { runAt: SOON })).to.deep.equal({ done: false, state });

      expect(await engine.options('a')).to.not.have.property('delay');
    });
  }

  it('is not for one that is not there', async () => {
    expect(await engine.store.reschedule('a', { runAt: SOON })).to.deep.equal({ done: false, state: null });
  });
});
