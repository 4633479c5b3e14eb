import { expect } from 'chai';
import { writeLimits } from '../../../lib/engine/limits/limits.ts';
import { closeClient, connect } from '../../../lib/redis/connect.ts';
import { jobOf, openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { silentLog } from '../../support/log.ts';
import { redisTarget } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const SOON = 6_000_000_000_000;
const LATE = 7_000_000_000_000;

describe('another time for a job', () => {
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

  it('takes one that waits out of where it waits', async () => {
    await engine.add('a', 'b');

    expect(await engine.store.reschedule('a', { runAt: SOON })).to.deep.equal({ done: true });

    expect(await engine.waiting()).to.deep.equal(['b']);
    expect(await engine.queries.job('a')).to.include({ state: 'delayed', dueAt: SOON });
  });

  it('takes one that waits out of its line', async () => {
    await writeLimits(engine.client, engine.keys, {
      limits: { perKey: { concurrency: 1 } },
      by: 'ada',
      at: 1,
    });
    await engine.store.save(['a', 'b', 'c'].map((id) => jobOf(id, 1, { key: 'k' })));
    const session = engine.session();
    expect((await take(session, 3)).map(({ id }) => id)).to.deep.equal(['a']);

    expect(await engine.store.reschedule('b', { runAt: SOON })).to.deep.equal({ done: true });

    expect(await engine.client.lrange(engine.keys.line('k'), 0, -1)).to.deep.equal(['c']);
    expect(await engine.state('b')).to.equal('delayed');
  });

  it('is not for one that is active', async () => {
    await engine.add('a');
    await take(engine.session(), 1);

    const result = await engine.store.reschedule('a', { runAt: SOON });

    expect(result).to.deep.equal({ done: false, state: 'active' });
    expect(await engine.options('a')).to.not.have.property('delay');
  });

  it('is not for one that is not there', async () => {
    expect(await engine.store.reschedule('a', { runAt: SOON })).to.deep.equal({ done: false, state: null });
  });
});
