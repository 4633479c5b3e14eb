import { expect } from 'chai';
import { companionClient } from '../../../lib/engine/connections.ts';
import { Waiter } from '../../../lib/engine/pump/waiter.ts';
import type { Session } from '../../../lib/engine/session/session.ts';
import { closeClient, type RedisClient } from '../../../lib/redis/connect.ts';
import { openEngine, type SpecEngine } from '../../support/engine.ts';
import { until } from '../../support/wait.ts';

describe('Waiter', () => {
  let engine: SpecEngine;
  let blocking: RedisClient;
  let waiter: Waiter;
  let connectionName: string;
  let session: Session;

  beforeEach(async () => {
    engine = openEngine();
    const companion = companionClient(engine.client, 'blocking');
    blocking = companion.client;
    connectionName = companion.name;
    waiter = new Waiter({ blocking, commands: engine.client, keys: engine.keys, connectionName });
    session = engine.session();
    await session.renew([]);
    await blocking.ping();
  });
  afterEach(async () => {
    await closeClient(blocking);
    await engine.close();
  });

  /** Waits for one job; resolves with its id. */
  const wait = async (by = waiter): Promise<string | null> => {
    const exchange = await session.pickUp(1, (takes) => by.wait(takes));
    return exchange?.taken[0]?.id ?? null;
  };
  const isBlocked = async (): Promise<boolean> => {
    const list = String(await engine.client.call('CLIENT', 'LIST'));
    return list
      .split('\n')
      .some((line) => line.includes(`name=${connectionName} `) && / flags=\w*b/.test(line));
  };

  it('brings a job that is there already, moved to active', async () => {
    await engine.add('a', 'b');

    expect(await wait()).to.equal('a');

    expect(await engine.active()).to.deep.equal(['a']);
    expect(await engine.waiting()).to.deep.equal(['b']);
  });

  it('wakes for a job of any producer', async () => {
    const waiting = wait();
    await until(isBlocked, 'it waited');

    await engine.client.lpush(engine.keys.waiting, 'theirs');

    expect(await waiting).to.equal('theirs');
  });

  it('waits once, however often it is asked', async () => {
    const waits = [wait(), wait()];
    await until(isBlocked, 'it waited');

    await engine.add('a', 'b');

    expect(await Promise.all(waits)).to.deep.equal(['a', 'a']);
    expect(await engine.active()).to.deep.equal(['a']);
  });

  it('can be asked again after a wait', async () => {
    await engine.add('a', 'b');

    expect([await wait(), await wait()]).to.deep.equal(['a', 'b']);
  });

  it('ends a wait without a job when interrupted, and moves nothing any more', async () => {
    const waiting = wait();
    await until(isBlocked, 'it waited');

    await waiter.interrupt();

    expect(await waiting).to.equal(null);
    await engine.add('a');
    expect(await engine.waiting()).to.deep.equal(['a']);
  });

  it('interrupts no connection but its own', async () => {
    const other = companionClient(engine.client, 'blocking');
    const theirs = new Waiter({
      blocking: other.client,
      commands: engine.client,
      keys: engine.keys,
      connectionName: other.name,
    });
    const [ours, others] = [wait(), wait(theirs)];
    await until(isBlocked, 'it waited');

    await waiter.interrupt();
    await ours;
    await engine.add('a');

    expect(await others).to.equal('a');
    await closeClient(other.client);
  });

  it('has nothing to interrupt when nothing waits', async () => {
    await waiter.interrupt();
    await engine.add('a');

    expect(await wait()).to.equal('a');
  });

  it('loses no job when it is interrupted at the moment the job comes', async () => {
    for (let round = 0; round < 20; round++) {
      const waiting = wait();
      await until(isBlocked, 'it waited');

      await Promise.all([waiter.interrupt(), engine.add(`job-${round}`)]);

      const moved = await waiting;
      expect(await engine.active()).to.deep.equal(moved === null ? [] : [moved]);
      expect(await engine.waiting()).to.deep.equal(moved === null ? [`job-${round}`] : []);
      await engine.client.del(engine.keys.active, engine.keys.waiting);
    }
  });
});
