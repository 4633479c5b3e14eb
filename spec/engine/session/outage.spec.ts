import { expect } from 'chai';
import type { Session } from '../../../lib/engine/session/session.ts';
import { openEngine, type SpecEngine, take } from '../../support/engine.ts';
import { type SpecRedis, startRedis } from '../../support/redis.ts';
import { until } from '../../support/wait.ts';

const ORDER = { lossLimit: 3, orphanIntervalMs: 60_000 };
const LEASE_MS = 1_000;
const LIMIT_MS = 20_000;

describe('a session after an outage of Redis in which nobody died', () => {
  let redis: SpecRedis;
  let engine: SpecEngine;
  let judge: Session;
  let holder: Session;

  beforeEach(async () => {
    redis = await startRedis({ appendOnly: false });
    engine = openEngine(redis.url);
    judge = engine.session({ leaseMs: LEASE_MS, judgesAfterMs: LEASE_MS });
    holder = engine.session({ leaseMs: LEASE_MS });
  });
  afterEach(async () => {
    redis.resume();
    await engine.close();
    await redis.stop();
  });

  /** Somebody takes the next job, and is never heard of again. */
  const die = () => take(engine.session({ leaseMs: 1 }), 1);

  /** Both beat, and one looks, until this job is back; resolves with all that came back. */
  async function returnedUntil(id: string): Promise<string[]> {
    const returned: string[] = [];
    const look = async (): Promise<boolean> => {
      await holder.renew(['held']);
      await judge.renew([]);
      returned.push(...(await judge.recover(ORDER)).returned);
      return returned.includes(id);
    };
    await until(look, `${id} is back`, LIMIT_MS);
    return returned;
  }

  /** Lets Redis stand still for longer than a lease, while a beat is on its way to it. */
  async function outage(): Promise<void> {
    redis.pause();
    const beating = judge.renew([]);
    const over = performance.now() + 1.5 * LEASE_MS;
    await until(() => performance.now() > over, 'the leases are over');
    redis.resume();
    await beating;
  }

  it('judges nobody until the others have had a lease to come back, and then the dead alone', async () => {
    await engine.add('held', 'dead');
    await take(holder, 1);
    await die();
    expect(await returnedUntil('dead')).to.deep.equal(['dead']);
    await die();

    await outage();
    const first = await judge.recover(ORDER);

    expect([first.returned, first.doomed]).to.deep.equal([[], []]);
    expect(await holder.renew(['held'])).to.deep.equal({ state: 'ok', lost: [], unheld: [] });
    expect(await returnedUntil('dead')).to.deep.equal(['dead']);
    expect(await engine.client.hget(engine.keys.losses, 'held')).to.equal(null);
  }).timeout(3 * LIMIT_MS);
});
