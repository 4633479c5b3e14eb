import { expect } from 'chai';
import type { Outcome } from '../../lib/engine/record/settlement.ts';
import type { Session, Taken } from '../../lib/engine/session/session.ts';
import { Inspector } from '../../lib/inspector/inspector.ts';
import { openEngine, type SpecEngine, settle, take } from '../support/engine.ts';
import { rejection } from '../support/refusal.ts';

describe('retrying failed jobs slowly', () => {
  let engine: SpecEngine;
  let session: Session;
  let inspector: Inspector;
  let queue: string;
  const NOW = Date.UTC(2100, 0, 1);

  beforeEach(() => {
    engine = openEngine();
    session = engine.session();
    const clock = { now: () => NOW, elapsed: () => 0, random: () => 0.5, sleep: async () => {} };
    inspector = new Inspector({ client: engine.client, clock });
    queue = engine.keys.jobs.split(':')[1] ?? '';
  });
  afterEach(() => engine.close());

  const fail = async (id: string, message: string): Promise<void> => {
    await engine.save(id, { type: 'mail' });
    const [taken] = (await take(session, 1)) as [Taken];
    const outcome: Outcome = { kind: 'failed', error: new Error(message), as: 'failed' };
    await settle(session, [taken, outcome]);
  };

  it('delays each job of a kind until its turn, those that died first first, and no other', async () => {
    for (const id of ['a', 'b', 'c']) await fail(id, 'full');
    await fail('d', 'no route');
    const { groups } = await inspector.failures.groups(queue);
    const { fingerprint = '' } = groups[0] ?? {};

    const result = await inspector.bulk.retry(queue, { fingerprint }, { perMinute: 4 });

    expect(result).to.deep.equal({ matched: 3, done: 3 });
    const due = await engine.client.zrange(engine.keys.delayed, '0', '-1', 'WITHSCORES');
    expect(due).to.deep.equal([
      ...['a', String(NOW)],
      ...['b', String(NOW + 15_000)],
      ...['c', String(NOW + 30_000)],
    ]);
    expect(await engine.waiting()).to.deep.equal([]);
    expect(await engine.client.smembers(engine.keys.failed)).to.deep.equal(['d']);
    expect(await engine.client.zrange(engine.keys.failedOrder, '0', '-1')).to.deep.equal(['d']);
    expect(await inspector.job(queue, 'c')).to.deep.include({ state: 'delayed', outcome: null });
    expect((await inspector.job(queue, 'c'))?.options.runAt).to.equal(NOW + 30_000);
  });

  it('lets a job that is delayed so be made due, cancelled or removed as any other', async () => {
    for (const id of ['a', 'b', 'c']) await fail(id, 'full');
    await inspector.bulk.retry(queue, {}, { perMinute: 1 });

    expect(await inspector.promote(queue, 'c')).to.deep.equal({ done: true });
    expect(await inspector.cancel(queue, 'b', 'ada')).to.include({ done: true, was: 'delayed' });
    expect(await inspector.removeIdle(queue, 'a')).to.include({ done: true, was: 'delayed' });
    expect(await engine.waiting()).to.deep.equal(['c']);
  });

  it('does so all at once where no pace is said', async () => {
    await fail('a', 'full');

    expect(await inspector.bulk.retry(queue, {}, {})).to.deep.equal({ matched: 1, done: 1 });
    expect(await engine.waiting()).to.deep.equal(['a']);
  });

  for (const perMinute of [0, -1, 1.5, Number.NaN, 10_001, '5'])
    it(`refuses ${perMinute} a minute, and retries none`, async () => {
      await fail('a', 'full');

      // What callers without types hand over is a part of what is tried.
      const error = await rejection(inspector.bulk.retry(queue, {}, { perMinute: perMinute as number }));

      expect(error).to.include({ code: 'JOB_INVALID' });
      expect(await engine.client.smembers(engine.keys.failed)).to.deep.equal(['a']);
    });

  it('is refused with a name that is misspelt, as are all calls on many jobs', async () => {
    await fail('a', 'full');
    const misspelt = <Wrong>(options: object): Wrong => options as Wrong;
    const { bulk } = inspector;
    for (const [asked, name] of [
      [bulk.retry(queue, {}, misspelt({ perminute: 4 })), 'perminute'],
      [bulk.cancel(queue, 'delayed', misspelt({ by: 'ada', filtr: { type: 'x' } })), 'filtr'],
      [bulk.archive(queue, 'delayed', misspelt({ by: 'ada', filters: { type: 'x' } })), 'filters'],
    ] as const) {
      const error = await rejection(asked);
      expect(error).to.have.property('code', 'JOB_INVALID');
      expect(error.message).to.include(`${name} is unknown; did you mean`);
    }
    expect((await inspector.queue(queue)).counts).to.include({ delayed: 0, failed: 1 });
  });
});
